package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.longshore.blob.Blob;
import dev.longshore.blob.RangeRequest;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Images.Image;
import dev.longshore.loadtest.Request;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Freshness;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Origin;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a node still answers when the upstream cannot be asked, or answers a question wrongly. */
class OutOfReachTest {

    private static final String TAG = "latest";
    private static final Duration SLOW = TaggedManifests.SLOW.plusSeconds(1);

    @TempDir
    private Path directory;

    private final TurnedClock clock = TurnedClock.fromNow();
    private final FakeRegistry upstream = FakeRegistry.start();
    private final Image first = upstream.images().image(TestCache.APP, TAG, Images.layer("a", new byte[300_000]));

    @AfterEach
    void stop() {
        upstream.close();
    }

    private TestCache node() throws IOException {
        return TestCache.alone(upstream, directory, clock);
    }

    /** Moves the tag, which is due then. */
    private Image move() {
        return move("b");
    }

    private Image move(String content) {
        clock.turn(Duration.ofSeconds(1));
        return upstream.images().image(TestCache.APP, TAG, Images.layer(content, new byte[200_000]));
    }

    private static String digest(Manifest manifest) {
        return manifest.descriptor().digest().toString();
    }

    @Test
    void aTagThatHasMovedIsWhatItWasUntilItsContentIsHereAlsoAfterARestart() throws IOException {
        try (TestCache node = node()) {
            assertThat(digest(node.manifest(TAG))).isEqualTo(first.digest());
            Image second = move();
            assertThat(digest(node.manifestHead(TAG))).isEqualTo(second.digest());
        }
        upstream.always(Request.any(), Fault.unavailable());
        try (TestCache node = node()) {
            Manifest stale = node.manifest(TAG);
            assertThat(digest(stale)).isEqualTo(first.digest());
            assertThat(stale.origin()).isEqualTo(Origin.STALE);
        }
    }

    @Test
    void aTagThatHasMovedTwiceIsWhatWasLastHereAlsoAfterARestart() throws IOException {
        try (TestCache node = node()) {
            assertThat(digest(node.manifest(TAG))).isEqualTo(first.digest());
            for (String content : List.of("b", "c")) {
                Image next = move(content);
                assertThat(digest(node.manifestHead(TAG))).isEqualTo(next.digest());
            }
            upstream.always(Request.any(), Fault.unavailable());
            assertThat(digest(node.manifest(TAG))).isEqualTo(first.digest());
        }
        try (TestCache node = node()) {
            assertThat(digest(node.manifest(TAG))).isEqualTo(first.digest());
        }
    }

    @Test
    void whatATagWasIsServedForAFewSecondsAndNotForEver() throws IOException {
        try (TestCache node = node()) {
            node.manifest(TAG);
            clock.turn(Duration.ofDays(6));
            move();
            node.manifestHead(TAG);
            upstream.always(Request.manifests(), Fault.unavailable());

            Freshness patient = node.manifest(TAG).freshness().orElseThrow();
            assertThat(patient.freshUntil()).isBefore(clock.instant().plusSeconds(30));
            assertThat(patient.validatedAt()).isBefore(clock.instant().minus(Duration.ofDays(5)));

            clock.turn(Duration.ofDays(2));
            assertThatThrownBy(() -> node.manifest(TAG)).hasStackTraceContaining("503");
        }
    }

    @Test
    void aTagWhoseContentIsNotThereIsAskedForAnew() throws IOException {
        try (TestCache node = node()) {
            node.manifest(TAG);
            Image second = move();
            upstream.always(Request.referringTo(second.digest()), Fault.notFound());
            assertThatThrownBy(() -> node.manifest(TAG)).hasStackTraceContaining("404");
            clock.turn(Duration.ofSeconds(11));
            assertThat(digest(node.manifest(TAG))).isEqualTo(second.digest());
        }
    }

    @Test
    void whatATagWasIsForgottenWithTheTag() throws IOException {
        try (TestCache node = node()) {
            node.manifest(TAG);
            clock.turn(Duration.ofSeconds(1));
            upstream.always(Request.manifests(), Fault.notFound());
            assertThatThrownBy(() -> node.manifest(TAG)).hasStackTraceContaining("404");
            upstream.heal();
            clock.turn(Duration.ofSeconds(10));
            Image second = move();
            assertThat(digest(node.manifestHead(TAG))).isEqualTo(second.digest());
        }
        upstream.always(Request.any(), Fault.unavailable());
        try (TestCache node = node()) {
            assertThatThrownBy(() -> node.manifest(TAG)).hasStackTraceContaining("503");
        }
    }

    @Test
    void aSlowAnswerMovesTheTagThoughNobodyHasWaitedForIt() throws IOException {
        try (TestCache node = node()) {
            node.manifest(TAG);
            Image second = move();
            upstream.next(1, Request.manifests().and(Request::isHead), Fault.delay(SLOW));
            Manifest meanwhile = node.manifest(TAG);
            assertThat(digest(meanwhile)).isEqualTo(first.digest());
            assertThat(meanwhile.origin()).isEqualTo(Origin.STALE);

            upstream.always(Request.manifests().and(Request::isHead), Fault.unavailable());
            await().untilAsserted(() -> assertThat(digest(node.manifest(TAG))).isEqualTo(second.digest()));
        }
    }

    @Test
    void aListThatIsTooOldToBeGivenLeavesTheUpstreamItsTime() throws IOException {
        ListingPull tags = new ListingPull.Tags(Caller.client("127.0.0.1"), TestCache.REPOSITORY, "");
        try (TestCache node = node()) {
            node.await(() -> node.registry.listing(tags));
            upstream.always(Request.any(), Fault.delay(SLOW));
            clock.turn(Duration.ofDays(8));
            assertThat(node.await(() -> node.registry.listing(tags)).origin()).isEqualTo(Origin.UPSTREAM);
        }
    }

    @Test
    void anAnswerWithoutAByteIsNotTakenForTheBlob() throws IOException {
        upstream.always(Request.blobs(), Fault.withoutRanges(), Fault.truncated(0));
        try (TestCache node = node()) {
            assertThatThrownBy(() -> node.blob(first.layers().get(0)))
                    .hasStackTraceContaining("not those of the digest");
        }
    }

    @Test
    void aBlobWithoutAByteIsOne() throws IOException {
        String empty = upstream.images()
                .artifact(TestCache.APP, first, "application/x", new byte[0])
                .layers()
                .get(0);
        try (TestCache node = node()) {
            assertThat(node.blob(empty).digest()).hasToString(empty);
            assertThat(node.blob(empty).origin()).isEqualTo(Origin.DISK);
        }
    }

    @Test
    void aFileThatSomebodyElsePutHereOutlivesAnEndInTheMiddleOfItsCheck() throws IOException {
        byte[] large = new byte[64 << 20];
        Digest digest = Digest.of(large);
        Path file = new Layout(directory).blob(digest);
        Files.createDirectories(file.getParent());
        Files.write(file, large);
        try (TestCache node = node()) {
            Future<Blob> asked = node.registry.blob(
                    new BlobPull(Caller.client("127.0.0.1"), TestCache.REPOSITORY, digest, false, RangeRequest.WHOLE));
            assertThat(asked.isComplete()).isFalse();
        }
        assertThat(file).hasSize(large.length);
    }

    @Test
    void aTagMovesAlsoWhereTheUpstreamsHeadDoesNotTellADigest() throws IOException {
        try (TestCache node = node()) {
            node.manifest(TAG);
            Image second = move();
            upstream.always(Request.manifests(), Fault.withoutHeaders("Docker-Content-Digest"));
            Manifest moved = node.manifest(TAG);
            assertThat(digest(moved)).isEqualTo(second.digest());
            assertThat(moved.origin()).isNotEqualTo(Origin.STALE);
        }
    }

    @Test
    void whoAsksForTheHeadOnlyDoesNotKeepTheTagFromMoving() throws IOException {
        try (TestCache node = node()) {
            node.manifest(TAG);
            Image second = move();
            upstream.always(Request.manifests(), Fault.withoutHeaders("Docker-Content-Digest"));
            assertThat(node.manifestHead(TAG).origin()).isEqualTo(Origin.STALE);
            assertThat(digest(node.manifest(TAG))).isEqualTo(second.digest());
        }
    }

    @Test
    void aTagThatHasMovedOnFromWhatIsGoneIsFollowed() throws IOException {
        try (TestCache node = node()) {
            node.manifest(TAG);
            Image second = move();
            node.manifestHead(TAG);
            Image third = upstream.images().image(TestCache.APP, TAG, Images.layer("c", new byte[100_000]));
            upstream.always(Request.referringTo(second.digest()), Fault.notFound());
            assertThat(digest(node.manifest(TAG))).isEqualTo(third.digest());
        }
    }

    @Test
    void aTagThatHasMovedCostsOneHeadUntilItIsDueAgain() throws IOException {
        try (TestCache node = node()) {
            node.manifest(TAG);
            Image second = move();
            upstream.log().clear();
            for (int i = 0; i < 3; i++) {
                assertThat(digest(node.manifestHead(TAG))).isEqualTo(second.digest());
            }
            assertThat(upstream.log().all()).hasSize(1);
        }
    }

    @Test
    void anotherRepositoryProvesByAGetWhatItsUpstreamDoesNotTellByAHead() throws IOException {
        Image twin = upstream.images().image("org/twin", TAG, Images.layer("a", new byte[300_000]));
        assertThat(twin.digest()).isEqualTo(first.digest());
        upstream.always(Request.any().and(Request::isHead), Fault.error(405, "UNSUPPORTED"));
        try (TestCache node = node()) {
            node.manifest(first.digest());
            node.blob(first.layers().get(0));
            upstream.log().clear();

            RepositoryName other = new RepositoryName(TestCache.REPOSITORY.upstream(), "org/twin");
            Caller caller = Caller.client("127.0.0.1");
            Digest layer = Digest.parse(first.layers().get(0));
            BlobPull blob = new BlobPull(caller, other, layer, false, RangeRequest.WHOLE);
            node.await(() -> node.registry.blob(blob).onSuccess(Blob::close));
            node.await(
                    () -> node.registry.manifest(new ManifestPull(caller, other, Digest.parse(first.digest()), false)));
            assertThat(upstream.log().matching(Request.blobs().and(request -> !request.isHead())))
                    .singleElement()
                    .satisfies(
                            asked -> assertThat(asked.request().header("range")).contains("bytes=0-0"));
            upstream.always(Request.any(), Fault.unavailable());
            node.await(() -> node.registry.blob(blob).onSuccess(Blob::close));
        }
    }

    @Test
    void whatHasComeOfABlobIsNotGivenUpBecauseTheUpstreamWantsToBeLeftAlone() throws IOException {
        String large = upstream.content().putGenerated(TestCache.APP, 1, 4 << 20);
        upstream.next(1, Request.blobs(), Fault.rate(2 << 20), Fault.cutAfter(1 << 20));
        upstream.next(1, Request.blobs(), Fault.tooManyRequests(Duration.ofSeconds(5)));
        try (TestCache node = node()) {
            assertThat(node.blob(large).digest()).hasToString(large);
        }
        assertThat(upstream.log().matching(Request.blobs())).hasSize(3);
    }

    @Test
    void wholeSegmentsThatHaveComeAreNotGivenUpEither() throws IOException {
        String large = upstream.content().putGenerated(TestCache.APP, 1, 5 * Fetch.SEGMENT);
        upstream.next(4, Request.blobs(), Fault.rate(1 << 30));
        upstream.next(18, Request.blobs(), Fault.cut());
        try (TestCache node = node()) {
            assertThat(node.blob(large).digest()).hasToString(large);
        }
        assertThat(upstream.log().bytesSent(large)).isEqualTo(5 * Fetch.SEGMENT);
    }

    @Test
    @Timeout(20)
    void nobodyIsKeptWaitingForAnUpstreamThatWantsToBeLeftAloneForLong() throws IOException {
        String large = upstream.content().putGenerated(TestCache.APP, 1, 4 << 20);
        upstream.next(1, Request.blobs(), Fault.rate(2 << 20), Fault.cutAfter(1 << 20));
        upstream.always(Request.blobs(), Fault.tooManyRequests(Duration.ofHours(1)));
        try (TestCache node = node()) {
            assertThatThrownBy(() -> node.blob(large)).hasStackTraceContaining("429");
        }
    }

    @Test
    void aFileThatSomebodyElsePutHereIsToldOfAndServed() throws IOException {
        String layer = first.layers().get(0);
        try (TestCache node = node()) {
            node.blob(layer);
        }
        delete(directory.resolve("longshore"));
        upstream.always(Request.any(), Fault.unavailable());
        try (TestCache node = node()) {
            assertThat(node.head(layer).size()).isPresent();
            assertThat(node.blob(layer).digest()).hasToString(layer);
        }
    }

    @Test
    void whatLiesBesideDistributionsLayoutMayBeDeletedAtAnyTime() throws IOException {
        try (TestCache node = node()) {
            // The node may be writing there just now.
            await().ignoreExceptions().untilAsserted(() -> delete(directory.resolve("longshore")));
            assertThat(node.await(node.registry::problem)).isEmpty();
            node.manifest(TAG);
            node.blob(first.layers().get(0));
            upstream.always(Request.any(), Fault.unavailable());
            assertThat(digest(node.manifest(first.digest()))).isEqualTo(first.digest());
            assertThat(node.blob(first.layers().get(0)).origin()).isEqualTo(Origin.DISK);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        }
    }
}
