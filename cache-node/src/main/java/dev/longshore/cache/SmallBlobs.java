package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BlobStore;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.BytesBlob;
import dev.longshore.blob.BytesSink;
import dev.longshore.http.SingleFlight;
import dev.longshore.oci.Digest;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.Origin;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blobs that are wanted whole, in memory: manifests. They are read from the disk, else from the bucket, and are hashed
 * each time, since that costs nothing here. Thread-safe.
 */
final class SmallBlobs {

    private static final Logger log = LoggerFactory.getLogger(SmallBlobs.class);

    private final Vertx vertx;
    private final DiskBlobStore disk;
    private final BlobStore bucket;
    private final Uploads uploads;
    private final SingleFlight<Digest, Optional<BytesBlob>> flights;

    SmallBlobs(Vertx vertx, DiskBlobStore disk, BlobStore bucket, Uploads uploads) {
        this.flights = new SingleFlight<>(vertx);
        this.vertx = vertx;
        this.disk = disk;
        this.bucket = bucket;
        this.uploads = uploads;
    }

    /** All bytes of the blob, wherever they lie; none when it is nowhere. */
    Future<Optional<BytesBlob>> read(Digest digest) {
        return here(digest)
                .compose(found -> found.isPresent()
                        ? Future.succeededFuture(found)
                        : flights.join(digest, () -> fromBucket(digest)).answer());
    }

    /** All bytes of a blob that lies on this disk. */
    Future<Optional<BytesBlob>> here(Digest digest) {
        return disk.read(digest).map(bytes -> bytes.map(content -> new BytesBlob(digest, content, Origin.DISK)));
    }

    private Future<Optional<BytesBlob>> fromBucket(Digest digest) {
        return bucket.open(digest)
                .compose(found -> found.map(this::fetched).orElseGet(() -> Future.succeededFuture(Optional.empty())))
                .recover(failure -> {
                    log.debug("{} is not to be had from the bucket: {}", digest, failure.toString());
                    return Future.succeededFuture(Optional.empty());
                });
    }

    private Future<Optional<BytesBlob>> fetched(Blob blob) {
        long size = blob.size().orElse(Long.MAX_VALUE);
        if (size > MediaTypes.MAX_MANIFEST_BYTES) {
            blob.close();
            return Future.succeededFuture(Optional.empty());
        }
        return BytesSink.read(vertx, blob, ByteRange.whole(size))
                .onComplete(read -> blob.close())
                .compose(bytes -> {
                    if (!blob.digest().matches(bytes)) {
                        log.warn("deleting {} from the bucket: its bytes are not those of its digest", blob.digest());
                        return bucket.delete(blob.digest()).map(Optional.empty());
                    }
                    Buffer content = Buffer.buffer(bytes);
                    return write(blob.digest(), content)
                            .otherwiseEmpty()
                            .map(Optional.of(new BytesBlob(blob.digest(), content, Origin.S3)));
                });
    }

    /** Keeps bytes that have been verified. */
    Future<Void> write(Digest digest, Buffer bytes) {
        return disk.write(new BytesBlob(digest, bytes, Origin.MEMORY))
                .onSuccess(written -> uploads.add(new Upload.OfBlob(digest)));
    }
}
