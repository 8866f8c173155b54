package dev.longshore.s3;

import dev.longshore.blob.BlobStore;
import dev.longshore.config.S3Settings;
import dev.longshore.oci.RepositoryLinks;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
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
    private final Clock clock;
    private final long daily;

    private S3Bucket(Vertx vertx, String identity, S3Streams streams, S3Keys keys, Clock clock) {
        this.vertx = vertx;
        this.identity = identity;
        this.streams = streams;
        this.keys = keys;
        this.clock = clock;
        this.daily = vertx.setPeriodic(1, ABANDONED.toMillis(), due -> abortAbandoned());
    }

    /** The bucket that {@code settings} describe; it is not dialled before it is used. Blocking, for half a second. */
    public static S3Bucket open(Vertx vertx, S3Settings settings, Clock clock) {
        S3Keys keys = S3Keys.below(settings.prefix());
        String identity = settings.endpoint() + " " + settings.bucket() + " " + keys.root();
        return new S3Bucket(vertx, identity, new S3Streams(vertx, settings), keys, clock);
    }

    /** Which bucket this is, whatever it holds. */
    public String identity() {
        return identity;
    }

    public BlobStore blobs() {
        return new S3BlobStore(streams, keys);
    }

    public RepositoryLinks links() {
        return new S3Links(streams, keys);
    }

    /** Ends uploads of blobs that were begun more than a day ago: their nodes have crashed, and their parts cost money. */
    Future<Void> abortAbandoned() {
        return abortFrom(null, null)
                .onFailure(failure -> log.debug("cannot look for abandoned uploads: {}", failure.toString()));
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
        return streams.close();
    }
}
