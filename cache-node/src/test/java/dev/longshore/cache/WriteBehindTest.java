package dev.longshore.cache;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BlobStore;
import dev.longshore.blob.BytesBlob;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Origin;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WriteBehindTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final WorkerExecutor walker = vertx.createSharedWorkerExecutor("test", 1);
    private final Store disk = new Store();
    private final Store bucket = new Store();
    private final List<WriteBehind> opened = new ArrayList<>();
    private final Queue<Throwable> unhandled = new ConcurrentLinkedQueue<>();
    private WriteBehind uploads;

    /** Holds every digest that was written to it, behind a gate, and fails as often as it is told to. Thread-safe. */
    private static final class Store implements BlobStore {

        private final Set<Digest> digests = ConcurrentHashMap.newKeySet();
        private final AtomicInteger writes = new AtomicInteger();
        private final AtomicInteger failures = new AtomicInteger();
        private volatile Future<Void> gate = Future.succeededFuture();

        @Override
        public Future<OptionalLong> size(Digest digest) {
            return Future.succeededFuture(digests.contains(digest) ? OptionalLong.of(0) : OptionalLong.empty());
        }

        @Override
        public Future<Optional<Blob>> open(Digest digest) {
            return Future.succeededFuture(Optional.of(digest)
                    .filter(digests::contains)
                    .map(known -> new BytesBlob(known, Buffer.buffer(), Origin.DISK)));
        }

        @Override
        public Future<Void> write(Blob blob) {
            writes.incrementAndGet();
            return failures.getAndDecrement() > 0
                    ? Future.failedFuture("told to fail")
                    : gate.onSuccess(open -> digests.add(blob.digest()));
        }

        @Override
        public Future<Void> delete(Digest digest) {
            digests.remove(digest);
            return Future.succeededFuture();
        }
    }

    @BeforeEach
    void start() throws IOException {
        vertx.exceptionHandler(unhandled::add);
        uploads = open();
    }

    @AfterEach
    void stop() throws Exception {
        opened.forEach(WriteBehind::close);
        vertx.close().await(10, TimeUnit.SECONDS);
        assertThat(unhandled).isEmpty();
    }

    private WriteBehind open() throws IOException {
        WriteBehind process = new WriteBehind(
                vertx,
                walker,
                disk,
                TestLinks.NONE,
                new Bucket("images", bucket, TestLinks.NONE),
                UploadJournal.open(directory.resolve("uploaded"), "images"),
                visitor -> disk.digests.stream().map(Upload.OfBlob::new).forEach(visitor));
        opened.add(process);
        return process;
    }

    private static Digest digest(int number) {
        return Digest.of(Integer.toString(number).getBytes(US_ASCII));
    }

    /** Brings so many to the disk, each of which is noted. */
    private void add(int count) {
        IntStream.range(0, count).mapToObj(WriteBehindTest::digest).forEach(each -> {
            disk.digests.add(each);
            uploads.add(new Upload.OfBlob(each));
        });
    }

    private void awaitUploaded() {
        await().atMost(PATIENCE).until(() -> bucket.digests.equals(disk.digests));
    }

    @Test
    void theListThatWaitsIsBoundedAndWhatDidNotFitFollows() {
        Promise<Void> gate = Promise.promise();
        bucket.gate = gate.future();
        add(10_500);
        await().atMost(PATIENCE).until(() -> uploads.pending() >= 10_000);
        assertThat(uploads.pending()).isLessThanOrEqualTo(10_004);

        gate.complete();
        awaitUploaded();
    }

    @Test
    void aFailureIsTriedAgainUntilItSucceeds() {
        bucket.failures.set(4);
        add(3);

        awaitUploaded();
        assertThat(bucket.failures).hasNonPositiveValue();
    }

    @Test
    void aRestartUploadsWhatIsMissingAndNothingTwice() throws Exception {
        add(3);
        uploads.flush(PATIENCE).await(60, TimeUnit.SECONDS);
        uploads.close();
        int before = bucket.writes.get();
        disk.digests.add(digest(3));

        WriteBehind next = open();
        next.start();
        next.flush(PATIENCE).await(60, TimeUnit.SECONDS);

        assertThat(bucket.digests).isEqualTo(disk.digests);
        assertThat(bucket.writes).hasValue(before + 1);
    }

    @Test
    void aFlushWaitsForWhatIsOnItsWayButNotForEver() throws Exception {
        Promise<Void> gate = Promise.promise();
        bucket.gate = gate.future();
        add(6);
        uploads.flush(Duration.ofMillis(50)).await(10, TimeUnit.SECONDS);
        assertThat(uploads.pending()).isEqualTo(6);

        Future<Void> flushed = uploads.flush(PATIENCE);
        await().during(Duration.ofMillis(100)).until(() -> !flushed.isComplete());
        gate.complete();
        flushed.await(60, TimeUnit.SECONDS);
        assertThat(bucket.digests).isEqualTo(disk.digests);
    }
}
