package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Images.Image;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An operator's commands, and what they do to a mirror in one process. */
final class AdminTest {

    private final FakeRegistry upstream = FakeRegistry.start();

    @TempDir
    private Path directory;

    private RunningMirror mirror;

    @BeforeEach
    void start() {
        mirror = RunningMirror.of(upstream, directory);
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    private Commands run(String command, String... arguments) {
        return Commands.run(mirror.opsPort(), command, arguments);
    }

    private Image image(String repository, String tag, String content) {
        return upstream.images().image(repository, tag, layer(content));
    }

    private static byte[] layer(String content) {
        return Images.layer(content, content.repeat(100_000).getBytes(StandardCharsets.UTF_8));
    }

    private static String manifest(String repository, String reference) {
        return "/v2/" + repository + "/manifests/" + reference;
    }

    private static Stream<String> blobs(String repository, Image image) {
        return Stream.concat(Stream.of(image.config()), image.layers().stream())
                .map(digest -> "/v2/" + repository + "/blobs/" + digest);
    }

    @Test
    void whatWasWarmedIsServedWithoutTheUpstream() {
        Image app = image("library/app", "1", "a");
        Image other = image("org/other", "latest", "b");

        Commands warm = run("warm", "app:1", "docker.io/org/other");
        upstream.stop();

        assertThat(warm.exitCode()).as(warm.toString()).isZero();
        assertThat(warm.lines()).hasSize(2).allMatch(line -> line.endsWith("in the cache"));
        assertThat(mirror.get(manifest("app", "1")).statusCode()).isEqualTo(200);
        assertThat(mirror.get(manifest("org/other", "latest")).statusCode()).isEqualTo(200);
        assertThat(Stream.concat(blobs("app", app), blobs("org/other", other)))
                .allSatisfy(path -> assertThat(mirror.get(path).statusCode()).isEqualTo(200));
        upstream.resume();
    }

    @Test
    void whatIsInIsNotFetchedAgain() {
        image("library/app", "1", "a");
        run("warm", "app:1");
        upstream.log().clear();

        assertThat(run("warm", "app:1").exitCode()).isZero();
        assertThat(upstream.log().count(request -> !request.isHead())).isZero();
    }

    @Test
    void ofAnIndexTheChosenPlatformIsFetchedAndElseAll() {
        byte[] amd64 = layer("amd64");
        byte[] arm64 = layer("arm64");
        upstream.images().index("library/app", "1", amd64, arm64);

        assertThat(run("warm", "app:1", "--platform", "linux/arm64").exitCode()).isZero();
        long one = upstream.log().bytesSent();
        assertThat(one).isBetween((long) arm64.length, (long) amd64.length + arm64.length);
        assertThat(run("warm", "app:1").exitCode()).isZero();
        assertThat(upstream.log().bytesSent()).isGreaterThanOrEqualTo((long) amd64.length + arm64.length);
        assertThat(run("warm", "app:1", "--platform", "plan9/arm64").exitCode()).isEqualTo(1);
    }

    @Test
    void anImageThatCannotBeHadFailsAndTheOthersAreIn() {
        Image app = image("library/app", "1", "a");

        Commands warm = run("warm", "absent:1", "app:1");

        assertThat(warm.exitCode()).isEqualTo(1);
        assertThat(warm.err()).isEqualTo("longshore: not everything is in\n");
        assertThat(warm.lines())
                .anyMatch(line -> line.startsWith("docker.io/library/absent:1  failed: "))
                .anyMatch(line -> line.startsWith("docker.io/library/app:1  "));
        assertThat(blobs("app", app))
                .allSatisfy(path -> assertThat(mirror.head(path).statusCode()).isEqualTo(200));
    }

    @Test
    void whatTheDiskHasNoRoomForIsNotIn() {
        mirror.close();
        mirror = RunningMirror.before(upstream).capacity("1MiB").start(directory.resolve("small"));
        image("library/app", "1", "a longer text of which there is a lot");

        Commands warm = run("warm", "app:1");

        assertThat(warm.exitCode()).isEqualTo(1);
        assertThat(warm.out()).contains("the disk has no room for it");
    }

    @Test
    void whatIsNoImageIsRefused() {
        assertThat(run("warm", "UPPER").err()).startsWith("longshore: 127.0.0.1:");
        assertThat(run("warm", "nowhere.example/app").exitCode()).isEqualTo(1);
        assertThat(run("warm", "app", "--platform", "linux").exitCode()).isEqualTo(1);
    }

    @Test
    void aTagThatWasPurgedIsAskedForAgain() {
        Image before = image("library/app", "1", "before");
        mirror.get(manifest("app", "1"));
        Image after = image("library/app", "1", "after");
        assertThat(digest(manifest("app", "1"))).isEqualTo(before.digest());

        Commands purge = run("purge", "app:1");

        assertThat(purge.exitCode()).as(purge.toString()).isZero();
        assertThat(purge.lines()).containsExactly("docker.io/library/app:1", "1 removed");
        assertThat(digest(manifest("app", "1"))).isEqualTo(after.digest());
    }

    private String digest(String path) {
        return mirror.head(path).headers().firstValue("Docker-Content-Digest").orElse("none");
    }

    @Test
    void aDryRunSaysWhatAndRemovesNothing() {
        Image app = image("library/app", "1", "a");
        run("warm", "app:1");
        List<Path> before = Expect.files(directory.resolve("docker"));

        Commands purge = run("purge", "--dry-run", "app");

        assertThat(purge.lines())
                .contains("docker.io/library/app:1", "docker.io/library/app@" + app.digest(), "4 would be removed");
        assertThat(Expect.files(directory.resolve("docker"))).containsExactlyInAnyOrderElementsOf(before);
    }

    @Test
    void aRepositoryThatWasPurgedIsInNoListAndItsNeighboursAre() {
        image("org/app", "1", "a");
        image("org/app/tool", "1", "b");
        image("org/other", "1", "c");
        run("warm", "org/app:1", "org/app/tool:1", "org/other:1");

        assertThat(run("purge", "org/app").exitCode()).isZero();

        assertThat(new String(mirror.get("/v2/_catalog").body(), StandardCharsets.UTF_8))
                .isEqualTo("{\"repositories\":[\"docker.io/org/app/tool\",\"docker.io/org/other\"]}");
    }

    @Test
    void aPatternPurgesTheTagsThatItMeans() {
        Stream.of("1.0", "1.1", "2.0").forEach(tag -> image("library/app", tag, tag));
        run("warm", "app:1.0", "app:1.1", "app:2.0");

        assertThat(run("purge", "docker.io/**:1.*").lines())
                .containsExactly("docker.io/library/app:1.0", "docker.io/library/app:1.1", "2 removed");
        assertThat(run("purge", "--dry-run", "**:*").lines())
                .containsExactly("docker.io/library/app:2.0", "1 would be removed");
    }

    @Test
    void contentThatWasPurgedByItsDigestLiesNowhere() {
        Image app = image("library/app", "1", "a");
        run("warm", "app:1");
        String layer = app.layers().get(0);
        upstream.log().clear();

        assertThat(run("purge", layer).lines()).containsExactly("docker.io/library/app@" + layer, layer, "2 removed");
        assertThat(Expect.files(directory).stream().map(Path::toString))
                .noneMatch(file -> file.contains(layer.substring("sha256:".length())));
        assertThat(mirror.get("/v2/app/blobs/" + layer).statusCode()).isEqualTo(200);
        assertThat(upstream.log().bytesSent(layer)).isPositive();
    }

    @Test
    void anyNumberOfPatternsIsPurged() {
        image("library/app", "1", "a");
        run("warm", "app:1");
        Stream<String> digests = IntStream.range(0, 100).mapToObj("sha256:%064x"::formatted);
        String[] patterns = Stream.concat(digests, Stream.of("app:1")).toArray(String[]::new);

        patterns[0] = "app:1";
        patterns[100] = "ghrc.io/org/app";
        assertThat(run("purge", patterns).exitCode()).isEqualTo(1);
        patterns[100] = "app:1";
        assertThat(run("purge", patterns).lines())
                .as("one that is wrong has kept all from being purged")
                .containsExactly("docker.io/library/app:1", "1 removed");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /admin/statistics, 404",
        "GET, /admin/purge, 404",
        "POST, /admin/purge, 400",
        "POST, /admin/warm, 400"
    })
    void whatIsAskedWronglyIsNotAFaultOfTheMirror(String method, String path, int status) throws Exception {
        for (String body :
                List.of("", "[]", "{\"patterns\":null,\"images\":null}", "{\"patterns\":[null],\"images\":[1]}")) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mirror.opsPort() + path))
                    .method(method, BodyPublishers.ofString(body))
                    .build();
            assertThat(HttpClient.newHttpClient()
                            .send(request, BodyHandlers.discarding())
                            .statusCode())
                    .as(body)
                    .isEqualTo(status);
        }
    }

    @Test
    void statusCountsWhatWasServedAndWhatThatSaved() {
        String blob = "/v2/app/blobs/" + upstream.content().putGenerated("library/app", 1, 100_000);
        for (int pull = 0; pull < 4; pull++) {
            mirror.get(blob);
        }

        // An answer is counted when it is out, which its client may know sooner.
        await().untilAsserted(() -> assertThat(total().getLong("pulls")).isEqualTo(4));
        JsonObject total = total();
        assertThat(total.getDouble("hitRatio")).isEqualTo(0.75);
        assertThat(total.getLong("savedBytes")).isEqualTo(300_000);
        assertThat(total.getJsonObject("upstreams").getJsonObject("docker.io").getLong("bytes"))
                .isEqualTo(100_000);
        assertThat(run("status").out())
                .contains("75.0%", "293 KiB", "100.0%")
                .containsPattern("docker.io +1 +97.7 KiB +-");
    }

    private JsonObject total() {
        return new JsonObject(run("status", "--json").out()).getJsonObject("total");
    }
}
