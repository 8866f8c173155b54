package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.oci.Descriptor;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Link;
import dev.longshore.oci.Purge;
import dev.longshore.oci.RepositoryLinks.TagLink;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiskLinksTest {

    private static final Tag TAG = new Tag("1");
    private static final Digest DIGEST = Digest.of(new byte[0]);
    private static final Digest MOVED = Digest.of(new byte[1]);

    @TempDir
    private Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final WorkerExecutor worker = vertx.createSharedWorkerExecutor("disk", 1);

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void whatIsBeingNotedCanBeWaitedFor() {
        DiskLinks links = new DiskLinks(new Layout(directory), worker, worker);
        CountDownLatch busy = keepBusy();
        links.setTag(TestCache.REPOSITORY, TAG, new TagLink(DIGEST, Instant.EPOCH));
        Future<Void> settled = links.settled();
        assertThat(settled.isComplete()).isFalse();

        busy.countDown();
        settled.await();
        assertThat(directory).isDirectoryRecursivelyContaining("glob:**/_manifests/tags/1/current/link");
        assertThat(links.settled().isComplete()).isTrue();
    }

    private CountDownLatch keepBusy() {
        CountDownLatch busy = new CountDownLatch(1);
        worker.executeBlocking(() -> {
            busy.await();
            return null;
        });
        return busy;
    }

    @Test
    void whatATagPointedToBeforeItMovedIsKeptAlsoWhenItWasNeverWritten() {
        DiskLinks links = new DiskLinks(new Layout(directory), worker, worker);
        TagCache tags = new TagCache(links, digest -> true, Clock.systemUTC());
        CountDownLatch busy = keepBusy();
        tags.validated(TestCache.REPOSITORY, TAG, described(DIGEST), Duration.ZERO);
        tags.validated(TestCache.REPOSITORY, TAG, described(MOVED), Duration.ZERO);
        Future<Void> settled = links.settled();
        busy.countDown();
        settled.await();

        TagLink link = links.tag(TestCache.REPOSITORY, TAG).await().orElseThrow();
        assertThat(link.digest()).isEqualTo(MOVED);
        assertThat(link.before().map(TagLink::digest)).contains(DIGEST);
    }

    @Test
    void ofATagThatIsGoneNothingIsLeft() {
        DiskLinks links = new DiskLinks(new Layout(directory), worker, worker);
        links.setTag(TestCache.REPOSITORY, TAG, new TagLink(DIGEST, Instant.EPOCH))
                .await();
        links.removeTag(TestCache.REPOSITORY, TAG).await();

        // A stock registry lists the folders of tags.
        assertThat(new Layout(directory).repositories()).isEmptyDirectory();
    }

    @Test
    void aTagThatIsPurgedWhileTheUpstreamIsWaitedForStaysPurged() {
        DiskLinks links = new DiskLinks(new Layout(directory), worker, worker);
        TagCache tags = new TagCache(links, digest -> true, Clock.systemUTC());
        TagCache.Target known = tags.validated(TestCache.REPOSITORY, TAG, described(DIGEST), Duration.ZERO);
        Purge purge = Purge.parse("before=" + Instant.now().plusSeconds(1) + "&pattern=**");
        links.purge(purge).await();
        tags.purge(purge);

        assertThat(tags.unanswered(TestCache.REPOSITORY, TAG, known).digest()).isEqualTo(DIGEST);
        assertThat(tags.find(TestCache.REPOSITORY, TAG, Duration.ZERO).await()).isEmpty();
    }

    private static Descriptor described(Digest manifest) {
        return new Descriptor(manifest, "application/vnd.oci.image.manifest.v1+json", 0);
    }

    @Test
    void whatAPullFindsInTheBucketWhileItIsPurgedIsForgottenToo() {
        DiskLinks disk = new DiskLinks(new Layout(directory), worker, worker);
        Link.OfContent link = Link.layer(TestCache.REPOSITORY, DIGEST);
        BeingPurged bucket = new BeingPurged();
        TieredLinks links = new TieredLinks(disk, bucket, Uploads.NONE, Clock.systemUTC());
        bucket.meanwhile = () -> links.has(link);

        links.purge(Purge.parse("before=" + Instant.now() + "&pattern=**")).await();
        assertThat(bucket.hasBeenAsked).isTrue();
        assertThat(links.has(link).await()).isFalse();
    }

    /** A bucket that has all links until it has been purged, which takes until somebody has pulled. */
    private static final class BeingPurged extends TestLinks {

        private Supplier<Future<Boolean>> meanwhile = () -> Future.succeededFuture(false);
        private boolean hasBeenAsked;
        private boolean purged;

        @Override
        public Future<Boolean> has(Link.OfContent link) {
            return Future.succeededFuture(!purged);
        }

        @Override
        public Future<Set<String>> purge(Purge purge) {
            return meanwhile.get().map(there -> {
                hasBeenAsked = there;
                purged = true;
                return Set.of();
            });
        }
    }
}
