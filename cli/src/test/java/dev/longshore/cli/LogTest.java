package dev.longshore.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Images.Image;
import dev.longshore.loadtest.Request;
import dev.longshore.loadtest.S3Keys;
import dev.longshore.loadtest.S3Server;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a mirror tells of pulls and of what goes wrong, and what it never tells. */
@Timeout(120)
final class LogTest {

    private static final String APP = "library/app";
    private static final int MIB = 1 << 20;
    private static final String PLAIN = """
            listen: 127.0.0.1:0
            ops: {listen: "127.0.0.1:0"}
            upstreams: {docker.io: {url: %s, tag-ttl: 1ms}}
            storage: {directory: %s, capacity: 1GiB, min-free: 0B}
            """;
    private static final String WITH_SECRETS = """
            listen: 127.0.0.1:0
            ops: {listen: "127.0.0.1:0", token-file: %s}
            drain-timeout: 1s
            log: {format: json}
            upstreams: {docker.io: {url: %s, username: someone, password: hush, tag-ttl: 1ms}}
            storage:
              directory: %s
              capacity: 1GiB
              min-free: 0B
              s3: {bucket: images, endpoint: "%s", path-style: true, access-key-id: id, secret-access-key: whisper}
            """;

    private final FakeRegistry upstream = FakeRegistry.start();

    @TempDir
    private Path directory;

    @AfterEach
    void stop() {
        upstream.close();
    }

    private MirrorProcess start(Map<String, String> environment) {
        return new MirrorProcess(directory, PLAIN.formatted(upstream.url(), directory.resolve("data")), environment);
    }

    private MirrorProcess startForPrograms() {
        return start(Map.of("LONGSHORE_LOG_FORMAT", "json"));
    }

    @Test
    void aPullIsALineForAPerson() {
        Image image = upstream.images().image(APP, "1", Images.layer("a", new byte[1000]));
        try (MirrorProcess mirror = start(Map.of())) {
            mirror.get("/v2/app/manifests/1");

            await().untilAsserted(() -> assertThat(mirror.log())
                    .filteredOn(line -> line.contains("GET"))
                    .singleElement()
                    .asString()
                    .matches("[0-9:.]{12} INFO  GET manifest docker.io/library/app:1@" + image.digest()
                            + " 200 MISS upstream " + image.size()
                            + " B in \\d+ ms, first byte after \\d+ ms, for 127.0.0.1"));
        }
    }

    @Test
    void noLineIsWrittenWhereNoneIsWanted() {
        upstream.images().image(APP, "1", Images.layer("a", new byte[1000]));
        try (MirrorProcess mirror = start(Map.of("LONGSHORE_LOG_ACCESS", "false"))) {
            assertThat(mirror.get("/v2/app/manifests/1").statusCode()).isEqualTo(200);
            mirror.terminate();

            assertThat(mirror.exitCode()).isZero();
            assertThat(mirror.log()).anyMatch(line -> line.endsWith("Stopped")).noneMatch(line -> line.contains("app"));
        }
    }

    @Test
    void forAProgramEachPartIsAField() {
        Image image = upstream.images().image(APP, "1", Images.layer("a", new byte[1000]));
        String layer = image.layers().get(0);
        try (MirrorProcess mirror = startForPrograms()) {
            mirror.get("/v2/app/manifests/1?ns=docker.io");
            mirror.get("/v2/app/manifests/" + image.digest());
            mirror.get("/v2/app/blobs/" + layer, "Range", "bytes=0-9");
            mirror.get("/v2/app/nonsense?signature=of-somebody");

            await().untilAsserted(() -> assertThat(mirror.events()).hasSize(4));
            JsonObject byTag = mirror.events().get(0);
            assertThat(byTag.getMap())
                    .containsEntry("level", "INFO")
                    .containsEntry("logger", "longshore.pulls")
                    .containsEntry("client", "127.0.0.1")
                    .containsEntry("method", "GET")
                    .containsEntry("kind", "manifest")
                    .containsEntry("repository", "docker.io/library/app")
                    .containsEntry("reference", "1")
                    .containsEntry("digest", image.digest())
                    .containsEntry("status", 200)
                    .containsEntry("cache", "MISS")
                    .containsEntry("source", "upstream")
                    .containsEntry("bytes", (int) image.size())
                    .doesNotContainKeys("path", "error", "broken_off");
            assertThat(Instant.parse(byTag.getString("time")))
                    .isBetween(Instant.now().minusSeconds(60), Instant.now());
            assertThat(byTag.getDouble("first_byte_ms")).isBetween(0.001, byTag.getDouble("duration_ms"));
            assertThat(mirror.events().get(1).getMap())
                    .containsEntry("reference", image.digest())
                    .containsEntry("cache", "HIT");
            assertThat(mirror.events().get(2).getMap())
                    .containsEntry("kind", "blob")
                    .containsEntry("digest", layer)
                    .containsEntry("status", 206)
                    .containsEntry("bytes", 10);
            assertThat(mirror.events().get(3).getMap())
                    .containsEntry("path", "/v2/app/nonsense")
                    .containsEntry("status", 400)
                    .containsKey("error")
                    .doesNotContainKeys("repository", "source");
        }
    }

    @Test
    void aPullThatBreaksOffIsALineWithWhatWasSent() throws Exception {
        String digest = upstream.content().putGenerated(APP, 1, 8 * MIB);
        upstream.always(Request.blobs(), Fault.rate(MIB));
        String request = "GET /v2/app/blobs/" + digest + " HTTP/1.1\r\nHost: mirror\r\n\r\n";
        try (MirrorProcess mirror = startForPrograms()) {
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), mirror.port)) {
                client.getOutputStream().write(request.getBytes(US_ASCII));
                client.getInputStream().readNBytes(1000);
            }

            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(mirror.events())
                            .singleElement()
                            .satisfies(line -> assertThat(line.getMap())
                                    .containsEntry("digest", digest)
                                    .containsEntry("broken_off", true)
                                    .hasEntrySatisfying(
                                            "bytes",
                                            sent -> assertThat((int) sent).isBetween(1000, 8 * MIB - 1))));
        }
    }

    @Test
    void anUpstreamThatFailsAgainAndAgainIsToldOnce() {
        upstream.always(Request.any(), Fault.error(500, "UNKNOWN"));
        try (MirrorProcess mirror = startForPrograms()) {
            for (int pull = 0; pull < 5; pull++) {
                assertThat(mirror.get("/v2/app/manifests/" + pull).statusCode()).isEqualTo(502);
            }

            await().untilAsserted(() -> assertThat(mirror.events())
                    .filteredOn(line -> line.getInteger("status", 0) == 502)
                    .hasSize(5)
                    .allSatisfy(line -> assertThat(line.getString("error")).contains("500")));
            assertThat(mirror.events())
                    .filteredOn(line -> line.getString("level").equals("WARN"))
                    .singleElement()
                    .satisfies(line -> assertThat(line.getString("message")).startsWith("docker.io is failing: "));
        }
    }

    @Test
    void noCredentialIsEverTold() throws Exception {
        Path opsToken = Files.writeString(directory.resolve("token"), "murmur");
        String basic = Base64.getEncoder().encodeToString("client:mutter".getBytes(US_ASCII));
        upstream.tokens().onlyFor("someone", "hush");
        upstream.requireToken().redirectBlobs(Duration.ofMinutes(1));
        try (S3Server s3 = S3Server.start(0, null, "images", new S3Keys("id", "whisper"))) {
            String configuration =
                    WITH_SECRETS.formatted(opsToken, upstream.url(), directory.resolve("data"), s3.url());
            try (MirrorProcess mirror =
                    new MirrorProcess(directory, configuration, Map.of("LONGSHORE_LOG_LEVEL", "debug"))) {
                pullEverything(mirror, "good", "Basic " + basic, 200);
                s3.stop();
                pullEverything(mirror, "without-bucket", "Bearer mutter", 200);
                upstream.next(20, Request.blobs(), Fault.resetAfter(100));
                pullEverything(mirror, "broken", "Basic " + basic, 200);
                upstream.tokens().onlyFor("someone", "else").revokeAll();
                pullEverything(mirror, "refused", "Basic " + basic, 403);
                upstream.stop();
                pullEverything(mirror, "gone", "Basic " + basic, 502);
                mirror.terminate();
                mirror.exitCode();

                Predicate<JsonObject> debug = line -> line.getString("level").equals("DEBUG");
                assertThat(mirror.events())
                        .anyMatch(debug)
                        .anyMatch(line -> line.getString("level").equals("WARN"))
                        .anyMatch(line -> line.getString("repository", "").endsWith("refused"));
                assertThat(mirror.log())
                        .allSatisfy(line -> assertThat(line)
                                .doesNotContainIgnoringCase(
                                        "hush", "whisper", "murmur", "mutter", "token-", "signature", "authorization")
                                .doesNotContain(basic));
            }
        }
    }

    /** An image of its own, by tag and by digest, its blobs, and what is neither. */
    private void pullEverything(MirrorProcess mirror, String repository, String authorization, int status) {
        Image image =
                upstream.images().image("library/" + repository, "1", Images.layer(repository, new byte[300_000]));
        String path = "/v2/" + repository + "/";
        String[] header = {"Authorization", authorization};
        assertThat(mirror.get(path + "manifests/1", header).statusCode()).isEqualTo(status);
        for (String rest : List.of(
                "manifests/" + image.digest(),
                "blobs/" + image.config(),
                "blobs/" + image.layers().get(0),
                "tags/list",
                "nonsense?token=mutter")) {
            mirror.get(path + rest, header);
        }
    }
}
