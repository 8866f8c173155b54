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
import dev.longshore.oci.Manifest;
import dev.longshore.oci.Origin;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node still answers when the upstream cannot be asked, or answers a question wrongly. */
class OutOfReachTest {

    private static final String TAG = "latest";
    private static final Duration SLOW = ManifestCache.SLOW.plusSeconds(1);

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
        clock.turn(Duration.ofSeconds(1));
        return upstream.images().image(TestCache.APP, TAG, Images.layer("b", new byte[200_000]));
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
            delete(directory.resolve("longshore"));
            assertThat(node.await(node.registry::problem)).isEmpty();
            node.manifest(TAG);
            node.blob(first.layers().get(0));
            upstream.always(Request.any(), Fault.unavailable());
            assertThat(digest(node.manifest(first.digest()))).isEqualTo(first.digest());
            assertThat(node.blob(first.layers().get(0)).origin()).isEqualTo(Origin.DISK);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        }
    }
}
