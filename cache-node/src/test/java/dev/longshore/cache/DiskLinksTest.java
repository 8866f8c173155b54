package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.oci.Digest;
import dev.longshore.oci.RepositoryLinks.TagLink;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiskLinksTest {

    private static final Tag TAG = new Tag("1");
    private static final Digest DIGEST = Digest.of(new byte[0]);

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
        CountDownLatch busy = new CountDownLatch(1);
        worker.executeBlocking(() -> {
            busy.await();
            return null;
        });
        links.setTag(TestCache.REPOSITORY, TAG, new TagLink(DIGEST, Instant.EPOCH));
        Future<Void> settled = links.settled();
        assertThat(settled.isComplete()).isFalse();

        busy.countDown();
        settled.await();
        assertThat(directory).isDirectoryRecursivelyContaining("glob:**/_manifests/tags/1/current/link");
        assertThat(links.settled().isComplete()).isTrue();
    }
}
