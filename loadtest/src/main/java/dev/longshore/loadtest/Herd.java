package dev.longshore.loadtest;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A scenario: many clients ask for the same content at once. Confined to the thread that calls it. */
@Command(
        name = "herd",
        mixinStandardHelpOptions = true,
        description = "Many clients ask for the same blobs at once. Exits 1 if any byte was wrong or missing.")
final class Herd implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--target",
            paramLabel = "URL",
            required = true,
            arity = "1..*",
            description = "Mirrors, to which the clients are dealt out in turn.")
    private List<String> targets = List.of();

    @Option(names = "--repository", paramLabel = "NAME", required = true)
    private String repository = "";

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

    @Option(names = "--patience", paramLabel = "SECONDS", description = "For the next byte; ${DEFAULT-VALUE} at most.")
    private int patience = 60;

    @Option(names = "--json", description = "Print one line of JSON.")
    private boolean json;

    @Override
    public Integer call() {
        Popularity popularity = new Popularity(digests.size(), zipf, new Random(seed));
        List<List<Download>> downloads = IntStream.range(0, clients)
                .mapToObj(client -> downloadsOf(client, popularity))
                .toList();
        Report report = new Load(downloads, warmUp(), Duration.ofSeconds(patience)).run();
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? Json.text(report) + System.lineSeparator() : report.table());
        out.flush();
        return report.clean() ? 0 : 1;
    }

    private List<Download> downloadsOf(int client, Popularity popularity) {
        boolean reluctant = client >= clients - slow.clients();
        long pace = reluctant ? slow.bytesPerSecond() : Download.UNLIMITED;
        return Stream.iterate(0, number -> number + 1)
                .limit(requests)
                .map(number -> {
                    String digest = digests.get(popularity.draw());
                    int dropAt = client == 0 && number == 0 ? killFirstAt : Download.STAY;
                    return new Download(url(client, digest), unverified ? null : digest, window, pace, dropAt);
                })
                .toList();
    }

    private @Nullable Download warmUp() {
        return warmUp == null ? null : new Download(url(0, warmUp), warmUp, null, Download.UNLIMITED, Download.STAY);
    }

    private String url(int client, String digest) {
        return targets.get(client % targets.size()) + "/v2/" + repository + "/blobs/" + digest;
    }
}
