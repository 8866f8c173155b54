package dev.longshore.loadtest;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Serves generated blobs and a small image until it is killed. Confined to the thread that calls it. */
@Command(
        name = "fake-registry",
        mixinStandardHelpOptions = true,
        description = {
            "Serves generated blobs and a small image on 127.0.0.1 until it is killed.",
            "Prints a line of JSON for each; its counters are at GET /_stats. POST /_flip/OFFSET makes that byte of",
            "every blob wrong, POST /_rate/BYTES slows each connection down, POST /_heal ends all faults, those of the",
            "options too."
        })
final class FakeRegistryCommand implements Callable<Integer> {
    private static final String REPOSITORY = "library/fake";
    private static final String TAG = "latest";
    private static final Duration SIGNATURE_VALIDITY = Duration.ofMinutes(5);

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--listen", paramLabel = "PORT", description = "0, the default, takes a free port.")
    private int port;

    @Option(
            names = "--blob",
            paramLabel = "SIZE",
            arity = "1..*",
            converter = ByteCount.class,
            description = "A blob of this size, as 256MiB; the same sizes make the same blobs each time.")
    private List<Long> sizes = List.of();

    @Option(
            names = "--rate",
            paramLabel = "BYTES/S",
            converter = ByteCount.class,
            description = "At most so many bytes of blobs a second on each connection.")
    private long rate;

    @Option(names = "--redirect", description = "Redirect blobs to a second port.")
    private boolean redirect;

    @Override
    public Integer call() throws InterruptedException {
        try (FakeRegistry registry = FakeRegistry.start(port)) {
            misbehave(registry);
            PrintWriter out = spec.commandLine().getOut();
            for (int seed = 0; seed < sizes.size(); seed++) {
                long size = sizes.get(seed);
                String digest = registry.content().putGenerated(REPOSITORY, seed, size);
                print(out, registry, "/v2/" + REPOSITORY + "/blobs/" + digest, digest, size);
            }
            byte[] greeting = Images.layer("hello.txt", new byte[] {'h', 'i', '\n'});
            Images.Image image = registry.images().image(REPOSITORY, TAG, greeting);
            print(out, registry, "/v2/" + REPOSITORY + "/manifests/" + TAG, image.digest(), image.size());
            new CountDownLatch(1).await();
            return 0;
        }
    }

    private void misbehave(FakeRegistry registry) {
        if (rate > 0) {
            registry.always(Request.blobBytes(), Fault.rate(rate));
        }
        if (redirect) {
            registry.redirectBlobs(SIGNATURE_VALIDITY);
        }
    }

    private static void print(PrintWriter out, FakeRegistry registry, String path, String digest, long size) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("digest", digest);
        line.put("size", size);
        line.put("path", path);
        line.put("url", registry.url() + path);
        out.println(Json.text(line));
        out.flush();
    }
}
