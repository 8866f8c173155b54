package dev.longshore.loadtest;

import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Many clients that ask for blobs at once, each at its pace: options of several scenarios. Read-only once parsed. */
final class Crowd {

    @Option(
            names = "--digest",
            required = true,
            arity = "1..*",
            description = "The blobs to ask for, the most popular first.")
    private List<String> digests = List.of();

    @Option(
            names = "--zipf",
            paramLabel = "EXPONENT",
            description = "How much more popular the first blobs are; with 0, the default, all are alike.")
    private double zipf;

    @Option(names = "--seed", description = "The seed of chance; the same makes the same choices.")
    private long seed = 1;

    @Option(names = "--clients", description = "Default: ${DEFAULT-VALUE}.")
    private int clients = 64;

    @Option(names = "--requests", description = "Blobs that each client asks for in turn; ${DEFAULT-VALUE} by default.")
    private int requests = 1;

    @Option(
            names = "--slow",
            paramLabel = "CLIENTS@RATE",
            converter = Slow.Converter.class,
            description = "So many of the clients read at this rate, as 4@1MB.")
    private Slow slow = Slow.NONE;

    @Option(
            names = "--kill-first-at",
            paramLabel = "PERCENT",
            description = "The first client drops its connection after this part of its first blob.")
    private int killFirstAt = Download.STAY;

    @Option(
            names = "--range",
            paramLabel = "OFFSET+LENGTH",
            converter = Window.Converter.class,
            description = "Ask for this part, as 200MiB+1MiB; only its length is checked then.")
    private @Nullable Window window;

    @Option(
            names = "--warm-up",
            paramLabel = "DIGEST",
            description = "Each client asks for this blob twice before the start; that is not counted.")
    private @Nullable String warmUp;

    @Option(names = "--no-verify", description = "Do not hash what comes.")
    private boolean unverified;

    /** What each client asks for, one after another. */
    List<Iterator<Download>> downloads(Target target) {
        Popularity popularity = new Popularity(digests.size(), zipf, new Random(seed));
        return IntStream.range(0, clients)
                .mapToObj(client -> downloads(target, client, popularity))
                .toList();
    }

    private Iterator<Download> downloads(Target target, int client, Popularity popularity) {
        boolean reluctant = client >= clients - slow.clients();
        long pace = reluctant ? slow.bytesPerSecond() : Download.UNLIMITED;
        return Stream.iterate(0, number -> number + 1)
                .limit(requests)
                .map(number -> {
                    String digest = digests.get(popularity.draw());
                    int dropAt = client == 0 && number == 0 ? killFirstAt : Download.STAY;
                    return new Download(target.blob(client, digest), digest, !unverified, window, pace, dropAt);
                })
                .toList()
                .iterator();
    }

    int total() {
        return clients * requests;
    }

    @Nullable
    Download warmUp(Target target) {
        return warmUp == null ? null : Download.whole(target.blob(0, warmUp), warmUp);
    }
}
