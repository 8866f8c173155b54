package dev.longshore.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.longshore.cli.RunningMirror.Download;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Images.Image;
import dev.longshore.loadtest.Request;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an upstream does wrong, and what a client is told: absent, refused and unreachable never become one another. */
final class ErrorTableTest {

    private static final String APP = "library/app";
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+json";
    private static final String ABSENT = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    private static final int KIB = 1024;
    private static final int WITHHELD = 32 * KIB;
    private static final int LARGE = 1024 * KIB;

    /** So that the first bytes have gone out before the last ones have come. */
    private static final Fault SLOWLY = Fault.rate(4 * LARGE);

    @TempDir
    private Path directory;

    private final FakeRegistry upstream = FakeRegistry.start();
    private RunningMirror mirror;

    /** Tags are due at once, so that every pull by tag asks the upstream. */
    @BeforeEach
    void start() {
        mirror = RunningMirror.before(upstream).tagTtl("1ms").start(directory);
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    private static String blob(String digest) {
        return "/v2/app/blobs/" + digest;
    }

    private static String manifest(String reference) {
        return "/v2/app/manifests/" + reference;
    }

    private Image image() {
        return upstream.images().image(APP, "1", Images.layer("a", new byte[1000]));
    }

    private void assertNothingKept() {
        await().untilAsserted(() -> {
            assertThat(Expect.files(directory.resolve("docker/registry/v2/blobs")))
                    .isEmpty();
            assertThat(Expect.files(directory.resolve("longshore/fills"))).isEmpty();
        });
    }

    // 404

    @ParameterizedTest
    @CsvSource({
        "/v2/app/manifests/none, MANIFEST_UNKNOWN",
        "/v2/app/manifests/" + ABSENT + ", MANIFEST_UNKNOWN",
        "/v2/app/blobs/" + ABSENT + ", BLOB_UNKNOWN"
    })
    void whatTheUpstreamDoesNotHaveIsAbsentAndNotAskedForAgain(String path, String code) {
        Expect.error(mirror.get(path), 404, code);
        int asked = upstream.log().count(Request.any());
        assertThat(asked).isPositive();

        Expect.error(mirror.get(path), 404, code);
        assertThat(mirror.head(path).statusCode()).isEqualTo(404);
        assertThat(upstream.log().count(Request.any())).isEqualTo(asked);
        assertNothingKept();
    }

    @Test
    void anAbsentHeadIsRememberedForTheGetThatFollows() {
        assertThat(mirror.head(blob(ABSENT)).statusCode()).isEqualTo(404);
        Expect.error(mirror.get(blob(ABSENT)), 404, "BLOB_UNKNOWN");
        assertThat(upstream.log().all()).hasSize(1);
    }

    @Test
    void aRepositoryThatTheUpstreamDoesNotKnowIsCalledThat() {
        Expect.error(mirror.get("/v2/none/tags/list"), 404, "NAME_UNKNOWN");
        upstream.always(Request.any(), Fault.error(404, "NAME_UNKNOWN"));
        Expect.error(mirror.get("/v2/none/manifests/1"), 404, "NAME_UNKNOWN");
        Expect.error(mirror.get("/v2/none/blobs/" + ABSENT), 404, "NAME_UNKNOWN");
    }

    // 401, 403

    @ParameterizedTest
    @CsvSource({"401, UNAUTHORIZED", "403, DENIED"})
    void aRefusalNamesTheUpstreamAndIsRemembered(int status, String code) {
        Image image = image();
        upstream.always(Request.any(), Fault.error(status, code));
        for (String path : new String[] {manifest("1"), manifest(image.digest()), blob(image.config())}) {
            assertThat(Expect.error(mirror.get(path), 403, "DENIED")).contains("docker.io");
        }
        int asked = upstream.log().all().size();
        Expect.error(mirror.get(manifest("1")), 403, "DENIED");
        Expect.error(mirror.get(blob(image.config())), 403, "DENIED");
        assertThat(upstream.log().all()).hasSize(asked);
    }

    @Test
    void aRefusalIsNoOutageThatAStaleCopyCouldBridge() {
        Image image = image();
        Expect.content(mirror.get(manifest("1")), image.digest(), "MISS");
        upstream.always(Request.any(), Fault.denied());
        await().untilAsserted(() -> Expect.error(mirror.get(manifest("1")), 403, "DENIED"));
    }

    // wrong bytes, wrong length

    @ParameterizedTest
    @ValueSource(ints = {0, 500, 999})
    void aWrongBitInASmallBlobIsToldAndNothingIsKept(int at) {
        String digest = upstream.content().putGenerated(APP, 1, 1000);
        upstream.always(Request.blobs(), Fault.flippedBit(at));
        Expect.error(mirror.get(blob(digest)), 502, "UPSTREAM_UNAVAILABLE");
        Expect.error(mirror.get(blob(digest), "Range", "bytes=10-19"), 502, "UPSTREAM_UNAVAILABLE");
        assertStartsAfresh(digest);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, LARGE / 2, LARGE - WITHHELD, LARGE - 1})
    void aWrongBitInALargeBlobEndsTheConnectionBeforeTheTail(int at) {
        String digest = upstream.content().putGenerated(APP, 2, LARGE);
        upstream.always(Request.blobs(), Fault.flippedBit(at), SLOWLY);
        assertCutOff(mirror.download(blob(digest)), LARGE);
        assertCutOff(mirror.download(blob(digest), "Range", "bytes=1000-"), LARGE - 1000);
        Expect.error(mirror.get(blob(digest), "Range", "bytes=-1000"), 502, "UPSTREAM_UNAVAILABLE");
        assertStartsAfresh(digest);
    }

    @Test
    void manyFollowersOfAWrongBlobAreAllCutOff() {
        String digest = upstream.content().putGenerated(APP, 3, LARGE);
        upstream.always(Request.blobs(), Fault.flippedBit(LARGE - 1), SLOWLY);
        assertThat(mirror.digests(16, blob(digest)))
                .allSatisfy(got -> assertThat(got).startsWith("failed: "));
        assertStartsAfresh(digest);
    }

    @Test
    void aBlobThatEndsTooEarlyIsNeverCompleted() {
        String digest = upstream.content().putGenerated(APP, 4, LARGE);
        upstream.always(Request.blobs(), Fault.withoutRanges(), Fault.truncated(LARGE / 2), SLOWLY);
        assertCutOff(mirror.download(blob(digest)), LARGE / 2);
        assertStartsAfresh(digest);
    }

    @Test
    void aRangeThatIsNotWhatItsHeadSaysIsRefused() {
        String digest = upstream.content().putGenerated(APP, 5, LARGE);
        upstream.always(Request.blobs(), Fault.truncated(LARGE / 2));
        Expect.error(mirror.get(blob(digest)), 502, "UPSTREAM_UNAVAILABLE");
        assertStartsAfresh(digest);
    }

    @Test
    void aBlobThatIsShorterThanAnnouncedIsNeverCompleted() {
        String digest = upstream.content().putGenerated(APP, 6, LARGE);
        upstream.always(Request.blobs(), Fault.withoutRanges(), Fault.overstatedLength(100), SLOWLY);
        assertCutOff(mirror.download(blob(digest)), LARGE + 100);
        assertStartsAfresh(digest);
    }

    @Test
    void aWebPageIsNoBlobAndNoManifestAndNoList() {
        Image image = image();
        upstream.always(Request.any(), Fault.page());
        for (String path :
                new String[] {manifest("1"), manifest(image.digest()), blob(image.config()), "/v2/app/tags/list"}) {
            Expect.error(mirror.get(path), 502, "UPSTREAM_UNAVAILABLE");
        }
        assertNothingKept();
        upstream.heal();
        assertThat(mirror.digests(1, blob(image.config()))).containsExactly(image.config());
    }

    private static void assertCutOff(Download download, int announced) {
        assertThat(download.complete()).isFalse();
        assertThat(download.length()).isLessThanOrEqualTo(announced - WITHHELD);
    }

    private void assertStartsAfresh(String digest) {
        assertNothingKept();
        upstream.heal();
        assertThat(mirror.digests(1, blob(digest))).containsExactly(digest);
        upstream.stop();
        assertThat(mirror.digests(1, blob(digest))).containsExactly(digest);
    }

    // manifests that cannot be

    static Stream<Arguments> impossibleManifests() {
        String layers = "{\"schemaVersion\":2,\"mediaType\":\"" + MANIFEST + "\",\"layers\":[]";
        return Stream.of(
                argumentSet("too large", layers + ",\"x\":\"" + "x".repeat(4 << 20) + "\"}", MANIFEST),
                argumentSet("an index and an image", layers + ",\"manifests\":[]}", MANIFEST),
                argumentSet("not what its type says", layers + "}", "application/vnd.oci.image.index.v1+json"),
                argumentSet("an old type for a new one", layers + "}", SCHEMA_1));
    }

    @ParameterizedTest
    @MethodSource("impossibleManifests")
    void aManifestThatCannotBeIsRefusedAndNotKept(String text, String mediaType) {
        String digest = upstream.content().putManifest(APP, "odd", text.getBytes(UTF_8), mediaType);
        Expect.error(mirror.get(manifest("odd")), 502, "UPSTREAM_UNAVAILABLE");
        Expect.error(mirror.get(manifest(digest)), 502, "UPSTREAM_UNAVAILABLE");
        assertNothingKept();
    }

    @Test
    void aManifestWithAWrongBitIsRefusedByDigest() {
        Image image = image();
        upstream.always(Request.manifests(), Fault.flippedBit(image.size() - 3));
        Expect.error(mirror.get(manifest(image.digest())), 502, "UPSTREAM_UNAVAILABLE");
        assertNothingKept();
        upstream.heal();
        Expect.content(mirror.get(manifest(image.digest())), image.digest(), "MISS");
    }

    @Test
    void schemaOneIsPassedThroughUntouchedAndNotStored() {
        byte[] old =
                "{ \"schemaVersion\": 1, \"name\": \"library/app\", \"tag\": \"old\", \"fsLayers\": [], \"history\": [] }"
                        .getBytes(UTF_8);
        String digest = upstream.content().putManifest(APP, "old", old, SCHEMA_1);
        for (String reference : new String[] {"old", digest, "old"}) {
            HttpResponse<byte[]> answer = mirror.get(manifest(reference));
            Expect.content(answer, digest, "MISS");
            assertThat(answer.headers().firstValue("Content-Type")).hasValue(SCHEMA_1);
            assertThat(answer.body()).isEqualTo(old);
        }
        assertNothingKept();
    }

    // the mirror's own answers

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE"})
    void writesAreRefusedBecauseThisIsAMirror(String method) {
        for (String path : new String[] {manifest("1"), blob(ABSENT), "/v2/app/blobs/uploads/", "/v2/"}) {
            HttpResponse<byte[]> answer = mirror.send(method, path);
            assertThat(Expect.error(answer, 405, "UNSUPPORTED")).contains("mirror");
            assertThat(answer.headers().firstValue("Allow")).hasValue("GET, HEAD");
        }
        assertThat(upstream.log().all()).isEmpty();
    }

    @Test
    void everyKindOfAnswerTellsTheVersionOfTheInterface() {
        Image image = image();
        String[] paths = {
            "/v2/",
            "/v2/_catalog",
            manifest("1"),
            blob(image.config()),
            "/v2/app/tags/list",
            "/v2/app/referrers/" + image.digest(),
            "/v2/other.example/app/manifests/1",
            "/v2/nothing"
        };
        for (String path : paths) {
            for (HttpResponse<byte[]> answer : List.of(mirror.get(path), mirror.head(path))) {
                assertThat(answer.headers().firstValue("Docker-Distribution-API-Version"))
                        .as(path)
                        .hasValue("registry/2.0");
            }
        }
    }

    @Test
    void aWrongBlobProvesNothingAboutItsRepository() {
        String digest = upstream.content().putGenerated("library/has", 1, 1000);
        upstream.always(Request.blobs(), Fault.page());
        Expect.error(mirror.get("/v2/hasnot/blobs/" + digest), 502, "UPSTREAM_UNAVAILABLE");
        upstream.heal();
        assertThat(mirror.digests(1, "/v2/has/blobs/" + digest)).containsExactly(digest);
        await().untilAsserted(() -> Expect.content(mirror.get("/v2/has/blobs/" + digest), digest, "HIT"));
        Expect.error(mirror.get("/v2/hasnot/blobs/" + digest), 404, "BLOB_UNKNOWN");
    }

    @Test
    void aRepositoryNameInTheListIsRememberedAsAbsent() {
        Expect.error(mirror.get("/v2/none/tags/list"), 404, "NAME_UNKNOWN");
        Expect.error(mirror.get("/v2/none/tags/list"), 404, "NAME_UNKNOWN");
        assertThat(upstream.log().all()).hasSize(1);
    }
}
