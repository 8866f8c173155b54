package dev.longshore.loadtest;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Option;

/** What clients ask for by chance: manifests by tag and by digest, blobs and parts of them. Read-only once parsed. */
final class Mix {

    @Option(names = "--tag", arity = "1..*", description = "Manifests to ask for by tag.")
    private List<String> tags = List.of();

    @Option(
            names = "--manifest",
            paramLabel = "DIGEST",
            arity = "1..*",
            description = "Manifests to ask for by digest.")
    private List<String> manifests = List.of();

    @Option(names = "--digest", arity = "1..*", description = "Blobs to ask for, the most popular first.")
    private List<String> blobs = List.of();

    @Option(
            names = "--zipf",
            paramLabel = "EXPONENT",
            description = "How much more popular the first blobs are; with 0, the default, all are alike.")
    private double zipf;

    @Option(
            names = "--range",
            paramLabel = "OFFSET+LENGTH",
            arity = "1..*",
            converter = Window.Converter.class,
            description = "Parts of blobs to ask for, which all blobs must have.")
    private List<Window> windows = List.of();

    @Option(names = "--seed", description = "The seed of chance; the same makes the same choices.")
    private long seed = 1;

    /** Downloads without end but for {@code enough}; the n-th goes to the n-th target. Thread-safe. */
    Iterator<Download> downloads(Target target, BooleanSupplier enough) {
        Random chance = new Random(seed);
        List<Kind> kinds = kinds(target, chance);
        AtomicInteger number = new AtomicInteger();
        return new Iterator<>() {

            @Override
            public boolean hasNext() {
                return !kinds.isEmpty() && !enough.getAsBoolean();
            }

            @Override
            public Download next() {
                return kinds.get(chance.nextInt(kinds.size())).draw(number.getAndIncrement());
            }
        };
    }

    private List<Kind> kinds(Target target, Random chance) {
        List<Kind> kinds = new ArrayList<>();
        if (!tags.isEmpty()) {
            kinds.add(number -> Download.whole(target.manifest(number, anyOf(tags, chance)), null));
        }
        if (!manifests.isEmpty()) {
            kinds.add(number -> byDigest(target, number, anyOf(manifests, chance)));
        }
        if (!blobs.isEmpty()) {
            Popularity popularity = new Popularity(blobs.size(), zipf, chance);
            Kind whole = number -> {
                String digest = blobs.get(popularity.draw());
                return Download.whole(target.blob(number, digest), digest);
            };
            kinds.add(whole);
            if (!windows.isEmpty()) {
                kinds.add(number -> whole.draw(number).part(anyOf(windows, chance)));
            }
        }
        return kinds;
    }

    private static Download byDigest(Target target, int number, String digest) {
        return Download.whole(target.manifest(number, digest), digest);
    }

    private static <T> T anyOf(List<T> things, Random chance) {
        return things.get(chance.nextInt(things.size()));
    }

    /** One kind of request, for the n-th client. */
    private interface Kind {
        Download draw(int number);
    }
}
