package dev.longshore.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.longshore.config.Flags;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.FreePorts;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.LoadtestCommand;
import dev.longshore.loadtest.S3Keys;
import dev.longshore.loadtest.S3Server;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Every role at work for a moment, in this process, on ports and in a folder of its own. With the JVM's
 * {@code -XX:ArchiveClassesAtExit}, what it had to learn for that is there when the next process starts and serves its
 * first pull. Confined to one thread.
 */
@Command(
        name = "rehearse",
        hidden = true,
        mixinStandardHelpOptions = true,
        description = "Runs each role for a moment, to record what the JVM learns from it.")
final class RehearseCommand implements Callable<Integer> {

    private static final String REPOSITORY = "library/fake";
    private static final int BLOB_BYTES = 1 << 20;
    private static final S3Keys KEYS = new S3Keys("rehearsal", "rehearsal");

    private static final String COMMON = """
            listen: 127.0.0.1:%1$d
            ops: {listen: "127.0.0.1:0"}
            upstreams: {docker.io: {url: "%2$s"}}
            """;

    private static final String STORAGE = """
            storage: {directory: "%3$s", min-free: 0B}
            """;

    private static final String BUCKET = """
            storage:
              directory: "%3$s"
              min-free: 0B
              s3: {bucket: longshore, endpoint: "%5$s", path-style: true, access-key-id: rehearsal, secret-access-key: rehearsal}
            """;

    private static final String CLUSTER = """
            cluster:
              secret: rehearsal
              advertise: 127.0.0.1:%1$d
              members: ["127.0.0.1:%4$d"]
              hazelcast: {listen: "127.0.0.1:%4$d"}
            """;

    @Override
    public Integer call() throws Exception {
        Path folder = Files.createTempDirectory("longshore-rehearsal");
        try (FakeRegistry upstream = FakeRegistry.start();
                S3Server bucket = S3Server.start(0, null, "longshore", KEYS)) {
            Stage stage = new Stage(folder, upstream.url(), bucket.url(), FreePorts.find(), contents(upstream));
            stage.play(Role.STANDALONE, COMMON + STORAGE, Standalone::start, stage::pull);
            stage.play(
                    Role.CACHE_NODE,
                    COMMON + CLUSTER + BUCKET,
                    CacheNode::start,
                    node -> stage.play(Role.GATEWAY, COMMON + CLUSTER, Gateway::start, stage::pull));
            return 0;
        } finally {
            delete(folder);
        }
    }

    /** What is pulled, as options of a load. */
    private static List<String> contents(FakeRegistry upstream) {
        String blob = upstream.content().putGenerated(REPOSITORY, 0, BLOB_BYTES);
        byte[] file = Images.layer("hello.txt", "hi\n".getBytes(UTF_8));
        String manifest = upstream.images().image(REPOSITORY, "latest", file).digest();
        return List.of("--repository", REPOSITORY, "--tag", "latest", "--manifest", manifest, "--digest", blob);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** What happens while a role is at work. */
    private interface Act {

        void with(Running role) throws Exception;
    }

    /** What all roles have in common. Immutable. */
    private record Stage(Path folder, String upstream, String bucket, int hazelcastPort, List<String> contents) {

        void play(
                Role role, String configuration, BiFunction<Vertx, Settings, Future<? extends Running>> start, Act act)
                throws Exception {
            String text = configuration.formatted(
                    FreePorts.find(), upstream, folder.resolve(role + "-data"), hazelcastPort, bucket);
            Path file = Files.writeString(folder.resolve(role + ".yaml"), text);
            Server server = Server.start(Settings.load(role, file, Map.of(), Flags.NONE), start);
            act.with(server.role());
            server.stop();
        }

        void pull(Running mirror) {
            List<String> load =
                    new ArrayList<>(List.of("rolling", "--rate", "20", "--for", "1", "--range", "100+5000"));
            load.addAll(List.of(
                    "--target", "http://127.0.0.1:" + mirror.doors().registry().port()));
            load.addAll(contents);
            if (new CommandLine(new LoadtestCommand()).execute(load.toArray(String[]::new)) != 0) {
                throw new IllegalStateException("a pull of the rehearsal failed");
            }
        }
    }
}
