package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.longshore.cli.RunningCluster.Member;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Request;
import dev.longshore.loadtest.S3Keys;
import dev.longshore.loadtest.S3Server;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the port for operators says of a process, whatever becomes of what it depends on. */
@Timeout(120)
final class HealthTest {

    private static final String CONFIGURATION = """
            listen: 127.0.0.1:0
            ops: {listen: "127.0.0.1:0"}
            upstreams: {docker.io: {url: %s}}
            storage: {directory: %s, capacity: 1GiB, min-free: 0B%s}
            """;

    private final HttpClient http = HttpClient.newHttpClient();
    private final FakeRegistry upstream = FakeRegistry.start();

    @TempDir
    private Path directory;

    @AfterEach
    void stop() {
        upstream.close();
    }

    /** What is said of readiness; while it is, the process lives. */
    private record Health(int status, JsonArray all) {

        static Health of(HttpResponse<String> answer) {
            return new Health(answer.statusCode(), new JsonArray(answer.body()));
        }

        List<String> names() {
            return checks().map(check -> check.getString("name")).toList();
        }

        /** Each with what is wrong with it. */
        List<String> problems() {
            return checks().filter(check -> !check.getBoolean("ok"))
                    .map(check -> check.getString("name") + ": " + check.getString("problem"))
                    .toList();
        }

        private Stream<JsonObject> checks() {
            return all.stream().map(JsonObject.class::cast);
        }
    }

    private Health health(int port) {
        assertThat(ask(port, "/livez").statusCode()).isEqualTo(200);
        return Health.of(ask(port, "/readyz"));
    }

    private HttpResponse<String> ask(int port, String path) {
        try {
            URI uri = URI.create("http://127.0.0.1:" + port + path);
            return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aDeadUpstreamLeavesAMirrorReady() {
        upstream.stop();
        try (RunningMirror mirror = RunningMirror.of(upstream, directory)) {
            assertThat(mirror.get("/v2/app/manifests/1").statusCode()).isEqualTo(502);

            Health health = health(mirror.opsPort());
            assertThat(health.status()).isEqualTo(200);
            assertThat(health.names()).containsExactly("accepting", "storage");
            assertThat(health.problems()).isEmpty();
        }
    }

    @Test
    void aDiskThatCannotBeWrittenMakesItUnreadyUntilItCan() throws IOException {
        try (RunningMirror mirror = RunningMirror.of(upstream, directory)) {
            Path fills = directory.resolve("longshore/fills");
            Files.delete(fills);
            Files.createFile(fills);
            assertThat(health(mirror.opsPort()).status()).isEqualTo(503);
            assertThat(health(mirror.opsPort()).problems()).containsExactly("storage: cannot write to " + fills);

            Files.delete(fills);
            assertThat(health(mirror.opsPort()).status()).isEqualTo(200);
        }
    }

    @Test
    void aBucketThatIsAwayIsToldAndDoneWithout() throws IOException {
        try (S3Server s3 = S3Server.start(0, null, "images", new S3Keys("id", "secret"))) {
            String bucket = ", s3: {bucket: images, endpoint: \"" + s3.url()
                    + "\", path-style: true, access-key-id: id, secret-access-key: secret}";
            try (MirrorProcess mirror = process(bucket)) {
                assertThat(health(mirror.opsPort).problems()).isEmpty();
                s3.stop();
                for (int seed = 1; seed <= 4; seed++) {
                    mirror.get("/v2/app/blobs/" + upstream.content().putGenerated("library/app", seed, 1000));
                }

                await().untilAsserted(() -> assertThat(health(mirror.opsPort).problems())
                        .singleElement()
                        .asString()
                        .startsWith("bucket: cannot be used: "));
                assertThat(health(mirror.opsPort).status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aMirrorThatIsAboutToStopSaysSoWhileBodiesAreUnderWay() {
        String digest = upstream.content().putGenerated("library/app", 1, 4 << 20);
        upstream.always(Request.blobs(), Fault.rate(1 << 20));
        try (MirrorProcess mirror = process("")) {
            CompletableFuture<HttpResponse<byte[]>> pull =
                    CompletableFuture.supplyAsync(() -> mirror.get("/v2/app/blobs/" + digest));
            await().until(() -> !upstream.log().all().isEmpty());
            mirror.terminate();

            await().untilAsserted(() ->
                    assertThat(health(mirror.opsPort).problems()).containsExactly("accepting: is about to stop"));
            assertThat(health(mirror.opsPort).status()).isEqualTo(503);
            assertThat(pull.join().body()).hasSize(4 << 20);
            assertThat(mirror.exitCode()).isZero();
        }
    }

    @Test
    void aGatewayIsReadyWhileThereIsARing() {
        try (RunningCluster cluster = RunningCluster.of(upstream, directory, 0, 1)) {
            int gateway = cluster.gateways.get(0).opsPort();
            assertThat(health(gateway).status()).isEqualTo(503);
            assertThat(health(gateway).problems()).contains("ring: no cache node is known");

            Member node = cluster.addNode(0);
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(health(gateway))
                            .returns(200, Health::status)
                            .returns(List.of(), Health::problems)
                            .returns(List.of("accepting", "ring", "cluster"), Health::names));
            await().untilAsserted(() -> assertThat(health(node.opsPort()))
                    .returns(200, Health::status)
                    .returns(List.of("accepting", "storage", "ring", "cluster"), Health::names));
        }
    }

    private MirrorProcess process(String bucket) {
        return new MirrorProcess(
                directory, CONFIGURATION.formatted(upstream.url(), directory.resolve("data"), bucket), Map.of());
    }
}
