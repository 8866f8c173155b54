package dev.longshore.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.longshore.cli.RunningMirror.Plan;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Images.Image;
import dev.longshore.loadtest.Request;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a tag costs the upstream, and for how long it stands. */
final class TagTest {

    private static final String APP = "library/app";
    private static final String TAG = "/v2/app/manifests/1";
    private static final Duration WHILE_ALL_ASK = Duration.ofSeconds(3);
    private static final Predicate<Request> HEADS = Request.manifests().and(Request::isHead);
    private static final Predicate<Request> GETS = Request.manifests().and(request -> !request.isHead());

    @TempDir
    private Path directory;

    private final FakeRegistry upstream = FakeRegistry.start();
    private final Plan lasting = RunningMirror.before(upstream);
    private final Plan dueAtOnce = lasting.tagTtl("1ms");
    private RunningMirror mirror;
    private Image image;

    @BeforeEach
    void start() {
        image = image(1);
        mirror = dueAtOnce.start(directory);
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    private Image image(int version) {
        return upstream.images().image(APP, "1", Images.layer("version", new byte[version]));
    }

    private void restart(Plan plan) {
        mirror.close();
        mirror = plan.start(directory);
    }

    private static String digest(HttpResponse<?> answer) {
        return answer.headers().firstValue("Docker-Content-Digest").orElse("none");
    }

    private static String cache(HttpResponse<?> answer) {
        return answer.headers().firstValue("X-Cache").orElse("none");
    }

    @Test
    void aFreshTagCostsTheUpstreamNothing() {
        restart(lasting);
        mirror.get(TAG);
        upstream.log().clear();
        image(2);
        assertThat(digest(mirror.get(TAG))).isEqualTo(image.digest());
        assertThat(digest(mirror.head(TAG))).isEqualTo(image.digest());
        assertThat(upstream.log().all()).isEmpty();
    }

    @Test
    void aTagThatIsDueCostsOneHeadAndNoGetWhenItHasNotMoved() {
        mirror.get(TAG);
        upstream.log().clear();
        assertThat(digest(mirror.get(TAG))).isEqualTo(image.digest());
        assertThat(upstream.log().count(HEADS)).isEqualTo(1);
        assertThat(upstream.log().count(GETS)).isZero();
    }

    @Test
    void aTagThatHasMovedIsFetchedByItsNewDigest() {
        mirror.get(TAG);
        upstream.log().clear();
        Image moved = image(2);
        HttpResponse<byte[]> answer = mirror.get(TAG);
        assertThat(RunningMirror.digest(new ByteArrayInputStream(answer.body())))
                .isEqualTo(moved.digest());
        assertThat(upstream.log().count(HEADS)).isEqualTo(1);
        assertThat(upstream.log().matching(GETS))
                .singleElement()
                .satisfies(get -> assertThat(get.request().reference()).isEqualTo(moved.digest()));
    }

    @Test
    void fiftyClientsOfATagThatIsDueCostOneHead() {
        mirror.get(TAG);
        upstream.log().clear();
        upstream.always(HEADS, Fault.delay(WHILE_ALL_ASK));
        List<HttpResponse<byte[]>> answers = mirror.getAll(Collections.nCopies(50, TAG));
        assertThat(answers).allSatisfy(answer -> assertThat(digest(answer)).isEqualTo(image.digest()));
        assertThat(upstream.log().count(HEADS)).isEqualTo(1);
        assertThat(upstream.log().count(GETS)).isZero();
    }

    @Test
    void fiftyClientsOfANewTagCostOneGet() {
        upstream.always(GETS, Fault.delay(WHILE_ALL_ASK));
        List<HttpResponse<byte[]>> answers = mirror.getAll(Collections.nCopies(50, TAG));
        assertThat(answers).allSatisfy(answer -> assertThat(digest(answer)).isEqualTo(image.digest()));
        assertThat(upstream.log().all()).hasSize(1);
        assertThat(answers.stream().map(TagTest::cache).distinct()).contains("MISS", "COALESCED");
    }

    @Test
    void containerdsWayCostsAHeadAndAGetAndThenNothing() {
        restart(lasting);
        String byDigest = "/v2/app/manifests/" + image.digest() + "?ns=docker.io";
        assertThat(digest(mirror.head(TAG + "?ns=docker.io"))).isEqualTo(image.digest());
        HttpResponse<byte[]> manifest = mirror.get(byDigest);
        assertThat(manifest.headers().firstValue("OCI-Namespace")).hasValue("docker.io");
        assertThat(upstream.log().count(HEADS)).isEqualTo(1);
        assertThat(upstream.log().count(GETS)).isEqualTo(1);

        upstream.stop();
        assertThat(digest(mirror.head(TAG + "?ns=docker.io"))).isEqualTo(image.digest());
        assertThat(mirror.get(byDigest).body()).isEqualTo(manifest.body());
        assertThat(mirror.get(TAG).body()).isEqualTo(manifest.body());
    }

    @Test
    void aHeadBringsNoContent() {
        HttpResponse<byte[]> head = mirror.head(TAG);
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(image.size());
        assertThat(head.headers().firstValue("Content-Type")).hasValue(image.mediaType());
        assertThat(upstream.log().count(GETS)).isZero();
        assertThat(Expect.files(directory.resolve("docker/registry/v2/blobs"))).isEmpty();
    }

    @Test
    void aSlowUpstreamIsNotWaitedForWhenThereIsAStaleCopy() {
        restart(dueAtOnce.patience("10s"));
        mirror.get(TAG);
        upstream.always(Request.manifests(), Fault.hang());
        long begin = System.nanoTime();
        assertThat(cache(mirror.get(TAG))).isEqualTo("STALE");
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isBetween(Duration.ofMillis(1500), Duration.ofSeconds(6));
        begin = System.nanoTime();
        assertThat(cache(mirror.get(TAG))).isEqualTo("STALE");
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .as("the next one")
                .isLessThan(Duration.ofMillis(1500));
    }

    @Test
    void aTagThatWasDeletedIsAbsentAndNoOutageBringsItBack() {
        mirror.get(TAG);
        upstream.content().untag(APP, "1");
        Expect.error(mirror.get(TAG), 404, "MANIFEST_UNKNOWN");
        restart(dueAtOnce);
        upstream.stop();
        Expect.error(mirror.get(TAG), 502, "UPSTREAM_UNAVAILABLE");
        Expect.content(mirror.get("/v2/app/manifests/" + image.digest()), image.digest(), "HIT");
    }

    @Test
    void tagsOutliveTheProcess() {
        byte[] manifest = mirror.get(TAG).body();
        upstream.stop();
        restart(lasting);
        HttpResponse<byte[]> answer = mirror.get(TAG);
        assertThat(answer.body()).isEqualTo(manifest);
        assertThat(answer.headers().firstValueAsLong("Age").orElseThrow()).isBetween(0L, 60L);
        restart(dueAtOnce);
        assertThat(cache(mirror.get(TAG))).isEqualTo("STALE");
    }

    @Test
    void aManifestIsKeptOncePerDigestAndServedUnderTheRepositoriesThatHaveIt() {
        mirror.get(TAG);
        String other = "/v2/other/manifests/" + image.digest();
        Expect.error(mirror.get(other), 404, "MANIFEST_UNKNOWN");
        Expect.content(mirror.get("/v2/app/manifests/" + image.digest()), image.digest(), "HIT");
    }

    @Test
    void anIndexDoesNotPullItsChildren() {
        upstream.images().index(APP, "multi", new byte[100], new byte[200]);
        HttpResponse<byte[]> index = mirror.get("/v2/app/manifests/multi");
        assertThat(new JsonObject(new String(index.body(), UTF_8)).getJsonArray("manifests"))
                .hasSize(2);
        assertThat(upstream.log().all()).hasSize(1);
    }

    // lists

    private static JsonArray names(HttpResponse<byte[]> answer, String field) {
        assertThat(answer.statusCode()).isEqualTo(200);
        return new JsonObject(new String(answer.body(), UTF_8)).getJsonArray(field);
    }

    /** Where the next page is, as a client finds it. */
    private static String next(HttpResponse<byte[]> answer) {
        String link = answer.headers().firstValue("Link").orElseThrow();
        assertThat(link).endsWith(">; rel=\"next\"");
        return link.substring(1, link.indexOf('>'));
    }

    @Test
    void tagsArePagedThroughTheMirrorItself() {
        List.of("a", "b", "c").forEach(tag -> upstream.content().tag(APP, tag, image.digest()));
        HttpResponse<byte[]> first = mirror.get("/v2/app/tags/list?n=2");
        assertThat(names(first, "tags")).containsExactly("1", "a");
        assertThat(next(first)).startsWith("/v2/app/tags/list?");
        HttpResponse<byte[]> last = mirror.get(next(first));
        assertThat(names(last, "tags")).containsExactly("b", "c");
        assertThat(last.headers().firstValue("Link")).isEmpty();
    }

    @Test
    void listsComeFromTheCacheWhenTheUpstreamIsDown() {
        String tags = "/v2/app/tags/list";
        String referrers = "/v2/app/referrers/" + image.digest();
        upstream.images().artifact(APP, image, "application/example", new byte[10]);
        assertThat(names(mirror.get(tags), "tags")).containsExactly("1");
        assertThat(names(mirror.get(referrers), "manifests")).hasSize(1);
        upstream.stop();
        for (Plan plan : List.of(dueAtOnce, lasting)) {
            assertThat(names(mirror.get(tags), "tags")).containsExactly("1");
            assertThat(cache(mirror.get(tags))).isEqualTo("STALE");
            assertThat(names(mirror.get(referrers), "manifests")).hasSize(1);
            Expect.error(mirror.get(tags + "?n=1"), 502, "UPSTREAM_UNAVAILABLE");
            restart(plan);
        }
    }

    @Test
    void referrersAreFilteredByTheUpstream() {
        upstream.images().artifact(APP, image, "application/signature", new byte[10]);
        upstream.images().artifact(APP, image, "application/sbom", new byte[20]);
        String path = "/v2/app/referrers/" + image.digest();
        assertThat(names(mirror.get(path), "manifests")).hasSize(2);
        HttpResponse<byte[]> filtered = mirror.get(path + "?artifactType=application/sbom");
        assertThat(names(filtered, "manifests")).hasSize(1);
        assertThat(filtered.headers().firstValue("OCI-Filters-Applied")).hasValue("artifactType");
        assertThat(filtered.headers().firstValue("Content-Type")).hasValue("application/vnd.oci.image.index.v1+json");
    }

    @Test
    void theCatalogIsWhatThisCacheHoldsPageByPage() {
        assertThat(names(mirror.get("/v2/_catalog"), "repositories")).isEmpty();
        for (String name : List.of("org/c", "org/a", "org/b")) {
            upstream.images().image(name, "1", new byte[1]);
            mirror.get("/v2/" + name + "/manifests/1");
        }
        await().untilAsserted(() -> assertThat(names(mirror.get("/v2/_catalog"), "repositories"))
                .containsExactly("docker.io/org/a", "docker.io/org/b", "docker.io/org/c"));
        HttpResponse<byte[]> first = mirror.get("/v2/_catalog?n=2");
        assertThat(names(first, "repositories")).containsExactly("docker.io/org/a", "docker.io/org/b");
        HttpResponse<byte[]> last = mirror.get(next(first));
        assertThat(names(last, "repositories")).containsExactly("docker.io/org/c");
        assertThat(last.headers().firstValue("Link")).isEmpty();
    }

    @Test
    void aTagThatMovedToWhatCannotBeFetchedIsAnsweredWithWhatItWas() {
        mirror.get(TAG);
        Image moved = image(2);
        upstream.always(GETS, Fault.tooManyRequests(Duration.ofSeconds(7)));
        assertThat(digest(mirror.head(TAG))).isEqualTo(moved.digest());
        HttpResponse<byte[]> answer = mirror.get(TAG);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(digest(answer)).isEqualTo(image.digest());
        assertThat(cache(answer)).isEqualTo("STALE");
    }
}
