package dev.longshore.s3;

import dev.longshore.blob.BlobStore;
import dev.longshore.config.S3Settings;
import dev.longshore.config.S3Settings.Retention;
import dev.longshore.oci.Digest;
import dev.longshore.oci.RepositoryLinks;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/** The durable tier: one bucket, with its blobs and links in Distribution's layout. Thread-safe. */
public final class S3Bucket {

    private static final Logger log = LoggerFactory.getLogger(S3Bucket.class);
    private static final Duration ABANDONED = Duration.ofDays(1);

    private final Vertx vertx;
    private final String identity;
    private final S3Streams streams;
    private final S3Keys keys;
    private final S3Uses uses;
    private final Retention retention;
    private final Clock clock;
    private final WorkerExecutor cleaner;
    private final long daily;
    private final AtomicBoolean cleaning = new AtomicBoolean();
    private volatile long house = -1;

    private S3Bucket(Vertx vertx, String identity, S3Streams streams, S3Keys keys, Retention retention, Clock clock) {
        this.vertx = vertx;
        this.identity = identity;
        this.streams = streams;
        this.keys = keys;
        this.uses = new S3Uses(streams, keys, clock);
        this.retention = retention;
        this.clock = clock;
        this.cleaner = vertx.createSharedWorkerExecutor("longshore-bucket", 1, 1, TimeUnit.DAYS);
        this.daily = vertx.setPeriodic(1, ABANDONED.toMillis(), due -> abortAbandoned());
    }

    /** The bucket that {@code settings} describe; it is not dialled before it is used. Blocking, for half a second. */
    public static S3Bucket open(Vertx vertx, S3Settings settings, MeterRegistry meters, Clock clock) {
        S3Keys keys = S3Keys.below(settings.prefix());
        String identity = settings.endpoint() + " " + settings.bucket() + " " + keys.root();
        S3Streams streams = new S3Streams(vertx, settings, new S3Meters(meters));
        return new S3Bucket(vertx, identity, streams, keys, settings.retention(), clock);
    }

    /** Which bucket this is, whatever it holds. */
    public String identity() {
        return identity;
    }

    /** Why it cannot be used, as far as the last requests tell; empty when it can. Nobody is asked. */
    public Optional<String> problem() {
        return streams.problem();
    }

    public BlobStore blobs() {
        return new S3BlobStore(streams, keys);
    }

    public RepositoryLinks links() {
        return new S3Links(streams, keys);
    }

    /** Whether nothing is ever deleted, so that nobody wants to know what is used. */
    public boolean keepsEverything() {
        return retention.isEverything();
    }

    /** Notes that {@code blobs} are in use now. */
    public Future<Void> used(Set<Digest> blobs) {
        return uses.report(blobs);
    }

    /**
     * Cleans up now and then, unless everything is kept.
     *
     * @param elected whether it is this process that does; that two do is a waste and no harm
     */
    public void keepHouse(Duration first, Duration every, BooleanSupplier elected) {
        if (!keepsEverything()) {
            house = vertx.setPeriodic(first.toMillis(), every.toMillis(), due -> {
                if (elected.getAsBoolean() && cleaning.compareAndSet(false, true)) {
                    cleanUp().onComplete(end -> cleaning.set(false));
                }
            });
        }
    }

    /** Deletes now what need not be kept, or says what would be. */
    public Future<Void> cleanUp() {
        return cleaner.<Void>executeBlocking(() -> {
                    new S3CleanUp(streams, keys, uses, retention, clock).run();
                    return null;
                })
                .onFailure(failure -> log.warn("cannot clean up the bucket: {}", failure.toString()));
    }

    /** Ends uploads of blobs that were begun more than a day ago: their nodes have crashed, and their parts cost money. */
    Future<Void> abortAbandoned() {
        return abortFrom(null, null)
                .onFailure(failure ->
                        log.warn("cannot end abandoned uploads, whose parts the bucket keeps: {}", failure.toString()));
    }

    private Future<Void> abortFrom(@Nullable String key, @Nullable String upload) {
        return streams.write(
                        "list uploads",
                        client -> client.listMultipartUploads(request -> request.bucket(streams.bucket())
                                .prefix(keys.blobs())
                                .keyMarker(key)
                                .uploadIdMarker(upload)))
                .compose(page -> abort(page)
                        .compose(aborted -> Boolean.TRUE.equals(page.isTruncated())
                                ? abortFrom(page.nextKeyMarker(), page.nextUploadIdMarker())
                                : Future.succeededFuture()));
    }

    private Future<Void> abort(ListMultipartUploadsResponse page) {
        return Future.join(page.uploads().stream()
                        .filter(upload -> upload.initiated() != null
                                && upload.initiated().isBefore(clock.instant().minus(ABANDONED)))
                        .map(this::abort)
                        .toList())
                .mapEmpty();
    }

    private Future<Void> abort(MultipartUpload upload) {
        log.info("aborting the abandoned upload of {}", upload.key());
        return streams.write(
                        "abort " + upload.key(),
                        client -> client.abortMultipartUpload(request -> request.bucket(streams.bucket())
                                .key(upload.key())
                                .uploadId(upload.uploadId())))
                .mapEmpty();
    }

    /** Lets go of its connections. */
    public Future<Void> close() {
        vertx.cancelTimer(daily);
        vertx.cancelTimer(house);
        return cleaner.close().eventually(streams::close);
    }
}
