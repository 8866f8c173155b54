package dev.longshore.s3;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BlobStore;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.BytesSink;
import dev.longshore.oci.Digest;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.OptionalLong;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * The blobs in the bucket. S3 makes an object visible when it is whole, so what can be opened was written to its end;
 * whether it was written by a mirror is not known, so that its bytes are hashed when they are read. Thread-safe.
 */
final class S3BlobStore implements BlobStore {

    /** What is longer is uploaded in parts. */
    private static final long SINGLE = 5 << 20;

    private final S3Streams streams;
    private final S3Keys keys;

    S3BlobStore(S3Streams streams, S3Keys keys) {
        this.streams = streams;
        this.keys = keys;
    }

    @Override
    public Future<OptionalLong> size(Digest digest) {
        return sized(streams.read(
                "HEAD " + digest,
                client -> client.headObject(
                        request -> request.bucket(streams.bucket()).key(keys.blob(digest)))));
    }

    private static Future<OptionalLong> sized(Future<HeadObjectResponse> head) {
        return head.map(found -> OptionalLong.of(found.contentLength()))
                .recover(failure -> S3Failures.isAbsent(failure)
                        ? Future.succeededFuture(OptionalLong.empty())
                        : Future.failedFuture(failure));
    }

    @Override
    public Future<Optional<Blob>> open(Digest digest) {
        return size(digest)
                .map(size -> size.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new S3Blob(streams, keys.blob(digest), digest, size.getAsLong())));
    }

    @Override
    public Future<Void> write(Blob blob) {
        long size = blob.size().orElseThrow();
        String key = keys.blob(blob.digest());
        return sized(streams.write(
                        "HEAD " + blob.digest(),
                        client -> client.headObject(
                                request -> request.bucket(streams.bucket()).key(key))))
                .compose(there -> {
                    if (there.isPresent()) {
                        return Future.succeededFuture();
                    }
                    return size > SINGLE ? new S3Upload(streams, key, blob, size).run() : put(key, blob, size);
                });
    }

    private Future<Void> put(String key, Blob blob, long size) {
        return BytesSink.read(streams.vertx(), blob, ByteRange.whole(size))
                .compose(bytes -> streams.write(
                        "PUT " + blob.digest(),
                        client -> client.putObject(
                                request -> request.bucket(streams.bucket())
                                        .key(key)
                                        .contentLength(size)
                                        .ifNoneMatch("*"),
                                AsyncRequestBody.fromBytesUnsafe(bytes))))
                .<Void>mapEmpty()
                .recover(failure ->
                        S3Failures.isThere(failure) ? Future.succeededFuture() : Future.failedFuture(failure));
    }

    @Override
    public Future<Void> delete(Digest digest) {
        return streams.delete(keys.blob(digest));
    }
}
