package dev.longshore.upstream;

import static dev.longshore.upstream.UpstreamFixture.REPOSITORY;
import static dev.longshore.upstream.UpstreamFixture.assertRefused;
import static dev.longshore.upstream.UpstreamFixture.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.blob.RangeRequest;
import dev.longshore.config.Timeouts;
import dev.longshore.loadtest.Answer;
import dev.longshore.loadtest.Body;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Request;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.Origin;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UpstreamRegistryTest {

    private static final byte[] LAYER = "a layer".getBytes(StandardCharsets.UTF_8);
    private static final String ABSENT = "sha256:" + "0".repeat(64);

    private final UpstreamFixture upstream = new UpstreamFixture();
    private final Images.Image image = upstream.fake.images().image(REPOSITORY, "3", LAYER);

    @AfterEach
    void close() {
        upstream.close();
    }

    @Test
    void manifestComesByTagWithItsBytesAndDigest() {
        Manifest manifest = await(upstream.manifest("3"));

        assertThat(manifest.descriptor().digest()).hasToString(image.digest());
        assertThat(manifest.descriptor().mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
        assertThat(manifest.descriptor().size()).isEqualTo(image.size());
        assertThat(Body.digestOf(manifest.content().orElseThrow().getBytes())).isEqualTo(image.digest());
        assertThat(manifest.origin()).isEqualTo(Origin.UPSTREAM);
        assertThat(upstream.fake.log().all()).hasSize(1);
    }

    @Test
    void manifestHeadBringsTheDescriptorAlone() {
        Manifest manifest = await(upstream.manifestHead("3"));

        assertThat(manifest.descriptor().digest()).hasToString(image.digest());
        assertThat(manifest.descriptor().size()).isEqualTo(image.size());
        assertThat(manifest.content()).isEmpty();
        assertThat(upstream.fake.log().bytesSent()).isZero();
    }

    @Test
    void manifestHeadWithoutDigestIsRefusedForATagOnly() {
        upstream.fake.always(Request.manifests(), Fault.withoutHeaders("Docker-Content-Digest"));

        assertRefused(upstream.manifestHead("3"), ErrorCode.UPSTREAM_UNAVAILABLE)
                .hasMessageContaining("Docker-Content-Digest");
        assertThat(await(upstream.manifestHead(image.digest())).descriptor().digest())
                .hasToString(image.digest());
    }

    @Test
    void manifestWithOtherBytesThanItsDigestIsRefused() {
        upstream.fake.always(Request.manifests(), Fault.flippedBit(image.size() / 2));

        assertRefused(upstream.manifest(image.digest()), ErrorCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    void manifestOverFourMebibytesIsRefusedWithoutReadingIt() {
        byte[] large = ("{\"schemaVersion\":2,\"layers\":[],\"x\":\"" + "x".repeat(MediaTypes.MAX_MANIFEST_BYTES)
                        + "\"}")
                .getBytes(StandardCharsets.UTF_8);
        upstream.fake.content().putManifest(REPOSITORY, "large", large, MediaTypes.OCI_MANIFEST);

        assertRefused(upstream.manifest("large"), ErrorCode.UPSTREAM_UNAVAILABLE);
        upstream.fake.always(Request.manifests(), Fault.withoutLength());
        assertRefused(upstream.manifest("large"), ErrorCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    void webPageIsNoManifest() {
        upstream.fake.always(Request.manifests(), Fault.page());

        assertRefused(upstream.manifest("3"), ErrorCode.UPSTREAM_UNAVAILABLE)
                .hasMessageContaining("manifests/3")
                .hasMessageContaining("fake.test");
    }

    @Test
    void encodedContentIsRefused() {
        upstream.fake.always(Request.any(), Fault.headers(Map.of("Content-Encoding", "gzip")));

        assertRefused(upstream.manifest("3"), ErrorCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    void absentContentIsAbsent() {
        assertRefused(upstream.manifest("absent"), ErrorCode.MANIFEST_UNKNOWN);
        assertRefused(upstream.manifestHead("absent"), ErrorCode.MANIFEST_UNKNOWN);
        assertRefused(upstream.blobHead(ABSENT), ErrorCode.BLOB_UNKNOWN);
        assertRefused(upstream.blob(ABSENT, RangeRequest.WHOLE), ErrorCode.BLOB_UNKNOWN);
    }

    @Test
    void absentRepositoryIsTold() {
        upstream.fake.always(Request.any(), Fault.error(404, "NAME_UNKNOWN"));

        assertRefused(upstream.manifest("3"), ErrorCode.NAME_UNKNOWN);
        assertRefused(upstream.tags("n=2"), ErrorCode.NAME_UNKNOWN);
    }

    @Test
    void refusalNamesTheUpstream() {
        upstream.fake.always(Request.any(), Fault.denied());

        assertRefused(upstream.manifest("3"), ErrorCode.DENIED).hasMessageContaining("fake.test");
    }

    @Test
    void passingFailuresAreTriedThreeTimes() {
        upstream.fake.next(2, Request.manifests(), Fault.unavailable());
        assertThat(await(upstream.manifest("3")).descriptor().digest()).hasToString(image.digest());

        upstream.fake.log().clear();
        upstream.fake.always(Request.manifests(), Fault.error(500, "UNKNOWN"));
        assertRefused(upstream.manifest("3"), ErrorCode.UPSTREAM_UNAVAILABLE).hasMessageContaining("500");
        assertThat(upstream.fake.log().all()).hasSize(3);
    }

    @Test
    void connectionCutBeforeTheHeadIsTriedAgain() {
        upstream.fake.next(2, Request.manifests(), Fault.cut());

        assertThat(await(upstream.manifest("3")).descriptor().digest()).hasToString(image.digest());
    }

    @Test
    void silentUpstreamTimesOutOnceAndWithinItsTime() {
        upstream.timeouts(UpstreamFixture.QUICK).fake.always(Request.any(), Fault.hang());
        long begin = System.nanoTime();

        assertRefused(upstream.manifest("3"), ErrorCode.UPSTREAM_TIMEOUT);
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isBetween(Duration.ofMillis(1900), Duration.ofSeconds(6));
        assertThat(upstream.fake.log().all()).hasSize(1);
    }

    @Test
    void refusalWhoseBodyNeverComesIsARefusalAllTheSame() {
        Timeouts patient = new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofMinutes(1));
        upstream.timeouts(patient).fake.always(Request.manifests(), Fault.notFound(), Fault.hangAfter(10));
        long begin = System.nanoTime();

        assertRefused(upstream.manifest("3"), ErrorCode.MANIFEST_UNKNOWN);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void stalledManifestTimesOut() {
        upstream.timeouts(UpstreamFixture.QUICK).fake.always(Request.manifests(), Fault.hangAfter(10));

        assertRefused(upstream.manifest("3"), ErrorCode.UPSTREAM_TIMEOUT);
    }

    @Test
    void upstreamThatIsGoneIsUnavailableAndServesWhenItIsBack() {
        upstream.fake.stop();
        assertRefused(upstream.manifest("3"), ErrorCode.UPSTREAM_UNAVAILABLE);

        upstream.fake.resume();
        assertThat(await(upstream.manifest("3")).descriptor().digest()).hasToString(image.digest());
    }

    @Test
    void unresolvableHostIsUnavailable() {
        upstream.url("http://no-such-host.invalid");

        assertRefused(upstream.manifest("3"), ErrorCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    void spentLimitIsPassedOnAndNotAskedAgainBeforeItsTime() {
        upstream.fake.always(Request.manifests(), Fault.tooManyRequests(Duration.ofSeconds(30)));
        assertRefused(upstream.manifest("3"), ErrorCode.TOOMANYREQUESTS);
        upstream.fake.heal();
        upstream.clock.turn(Duration.ofSeconds(10));

        assertThatThrownBy(() -> await(upstream.manifest("3"))).isInstanceOfSatisfying(RegistryException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.TOOMANYREQUESTS);
            assertThat(e.retryAfter()).contains(Duration.ofSeconds(20));
        });
        assertThat(upstream.fake.log().all()).hasSize(1);

        upstream.clock.turn(Duration.ofSeconds(20));
        assertThat(await(upstream.manifest("3")).descriptor().digest()).hasToString(image.digest());
    }

    @Test
    void limitOnManifestsLeavesHeadsAndBlobsAlone() {
        upstream.fake.always(
                Request.manifests().and(request -> !request.isHead()), Fault.tooManyRequests(Duration.ofSeconds(30)));
        assertRefused(upstream.manifest("3"), ErrorCode.TOOMANYREQUESTS);

        assertThat(await(upstream.manifestHead("3")).descriptor().digest()).hasToString(image.digest());
        assertThat(upstream.pull(image.layers().get(0)).getBytes()).isEqualTo(LAYER);
    }

    @Test
    void limitIsRememberedForAMinuteAtMost() {
        upstream.fake.next(1, Request.manifests(), Fault.tooManyRequests(Duration.ofHours(6)));
        assertRefused(upstream.manifest("3"), ErrorCode.TOOMANYREQUESTS);
        upstream.clock.turn(Duration.ofSeconds(61));

        assertThat(await(upstream.manifest("3")).descriptor().digest()).hasToString(image.digest());
    }

    @Test
    void tagsArePassedThroughPageByPage() {
        for (String tag : List.of("a", "b", "c")) {
            upstream.fake.content().tag(REPOSITORY, tag, image.digest());
        }

        Listing first = await(upstream.tags("n=2&last=3"));
        assertThat(new JsonObject(first.json()).getJsonArray("tags")).isEqualTo(JsonArray.of("a", "b"));
        assertThat(first.next()).contains("last=b&n=2");

        Listing second = await(upstream.tags("n=2&last=b"));
        assertThat(new JsonObject(second.json()).getJsonArray("tags")).isEqualTo(JsonArray.of("c"));
        assertThat(second.next()).isEmpty();
    }

    @Test
    void referrersKeepTheirFilter() {
        Images.Image artifact = upstream.fake.images().artifact(REPOSITORY, image, "application/x-sbom+json", LAYER);

        Listing listing = await(upstream.referrers(image.digest(), "artifactType=application%2Fx-sbom%2Bjson"));

        assertThat(listing.json().toString()).contains(artifact.digest());
        assertThat(listing.mediaType()).isEqualTo(MediaTypes.OCI_INDEX);
        assertThat(listing.filtersApplied()).contains("artifactType");
    }

    @Test
    void aLinkToTheNextPageIsFollowedAsItIsWritten() {
        await(upstream.tags("n=2&next_page=gAAA%3D"));

        assertThat(upstream.fake.log().all().get(0).request().query()).isEqualTo("n=2&next_page=gAAA%3D");
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 405, 406, 501})
    void whereThereAreNoReferrersClientsLookForTheirTag(int status) {
        upstream.fake.always(Request.any(), Fault.error(status, "UNSUPPORTED"));

        assertRefused(upstream.referrers(image.digest(), ""), ErrorCode.MANIFEST_UNKNOWN);
        assertThat(upstream.fake.log().all()).hasSize(1);
    }

    @Test
    void anObjectThatIsNoIndexAreNoReferrers() {
        upstream.fake.always(
                Request.any(),
                Fault.rewrite((request, answer) -> new Answer(200, Map.of(), Body.of("{}".getBytes(UTF_8)), 0, 2)));

        assertRefused(upstream.referrers(image.digest(), ""), ErrorCode.MANIFEST_UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 402, 403, 412, 423, 451})
    void whatAPolicyForbidsIsRefused(int status) {
        upstream.fake.always(Request.any(), Fault.error(status, "DENIED"));

        assertRefused(upstream.manifest("3"), ErrorCode.DENIED);
        assertRefused(upstream.manifestHead("3"), ErrorCode.DENIED);
    }

    @Test
    void aStoreThatRefusesTheHeadOfWhatIsSignedForAGetSaysNothing() {
        upstream.fake.always(Request.of(Request.Kind.REDIRECTED).and(Request::isHead), Fault.denied());
        upstream.fake.redirectBlobs(Duration.ofMinutes(1));

        assertRefused(upstream.blobHead(image.layers().get(0)), ErrorCode.UPSTREAM_UNAVAILABLE);
        assertThat(upstream.pull(image.layers().get(0)).getBytes()).isEqualTo(LAYER);
    }

    @Test
    void theNameOfACodingThatAStoreHasRemovedIsPassedOver() {
        upstream.fake.always(Request.any(), Fault.headers(Map.of("Content-Encoding", "aws-chunked")));

        assertThat(upstream.pull(image.layers().get(0)).getBytes()).isEqualTo(LAYER);
    }

    @Test
    void aHeadWithoutALengthIsNoDescriptor() {
        upstream.fake.always(
                Request.manifests(),
                Fault.rewrite((request, answer) ->
                        new Answer(answer.status(), answer.headers(), Body.of(new byte[0]), 0, 0)));

        assertRefused(upstream.manifestHead("3"), ErrorCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    void listThatIsNoObjectIsRefused() {
        upstream.fake.always(Request.of(Request.Kind.TAGS), Fault.page());

        assertRefused(upstream.tags("n=2"), ErrorCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    void redirectLeavesCredentialsBehind() {
        upstream.credentials("user", "secret");
        upstream.fake.always(Request.manifests().or(Request.blobs()), Fault.basic("user", "secret"));
        upstream.fake.redirectBlobs(Duration.ofMinutes(1));

        assertThat(upstream.pull(image.layers().get(0)).getBytes()).isEqualTo(LAYER);
        assertThat(upstream.fake.log().matching(Request.of(Request.Kind.REDIRECTED)))
                .hasSize(1)
                .noneMatch(
                        exchange -> exchange.request().header("authorization").isPresent());
    }

    @Test
    void redirectsEndAfterFive() {
        upstream.fake.always(Request.manifests(), redirect("/v2/library/alpine/manifests/3"));

        assertRefused(upstream.manifest("3"), ErrorCode.UPSTREAM_UNAVAILABLE).hasMessageContaining("redirects");
        assertThat(upstream.fake.log().all()).hasSize(6);
    }

    @Test
    void redirectKeepsItsPercentEncoding() {
        String signed = "/v2/library/alpine/manifests/3?sig=a%2Fb%2fc+d%20e";
        upstream.fake.next(1, Request.manifests(), redirect(signed));

        await(upstream.manifest("3"));
        assertThat(upstream.fake.log().all().get(1).request().query()).isEqualTo("sig=a%2Fb%2fc+d%20e");
    }

    @Test
    void messageDoesNotRepeatASignedUrl() {
        upstream.fake.always(Request.of(Request.Kind.REDIRECTED), Fault.denied());
        upstream.fake.redirectBlobs(Duration.ofMinutes(1));

        assertRefused(upstream.blob(image.layers().get(0), RangeRequest.WHOLE), ErrorCode.DENIED)
                .message()
                .doesNotContain("signature");
    }

    @Test
    void questionsNeverUseMoreConnectionsThanAllowed() {
        upstream.connections(4);
        upstream.fake.always(Request.manifests(), Fault.delay(Duration.ofMillis(20)));

        await(Future.all(
                IntStream.range(0, 40).mapToObj(i -> upstream.manifest("3")).toList()));

        assertThat(upstream.fake.log().peakRequests()).isEqualTo(4);
        assertThat(upstream.fake.log().peakConnections()).isLessThanOrEqualTo(4);
    }

    @Test
    void questionDoesNotWaitBehindBodies() throws Exception {
        upstream.connections(2);
        String large = upstream.fake.content().putGenerated(REPOSITORY, 1, 8 << 20);
        var first = await(upstream.blob(large, RangeRequest.WHOLE));
        var second = upstream.blob(large, RangeRequest.WHOLE);

        await(upstream.manifest("3"));
        assertThat(second.isComplete()).isFalse();

        upstream.close(first);
        upstream.close(second.toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS));
    }

    private static Fault redirect(String location) {
        return Fault.rewrite(
                (request, answer) -> new Answer(307, Map.of("Location", location), Body.of(new byte[0]), 0, 0));
    }
}
