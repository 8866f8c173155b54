package dev.longshore.s3;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Origin;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;

/** A blob in the bucket: each range is a request of its own, side by side if so wanted. Confined to one context. */
final class S3Blob implements Blob {

    private final S3Streams streams;
    private final String key;
    private final Digest digest;
    private final long size;
    private final Set<S3Streams.Body> open = new HashSet<>();
    private boolean closed;

    S3Blob(S3Streams streams, String key, Digest digest, long size) {
        this.streams = streams;
        this.key = key;
        this.digest = digest;
        this.size = size;
    }

    @Override
    public Digest digest() {
        return digest;
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(size);
    }

    @Override
    public Origin origin() {
        return Origin.S3;
    }

    @Override
    public Future<Void> pipeTo(BodySink sink, ByteRange range) {
        if (closed) {
            return Future.failedFuture(new RegistryException(ErrorCode.UNAVAILABLE, "the blob was closed"));
        }
        return range.length() == 0
                ? Future.succeededFuture()
                : streams.get(key, range).compose(body -> pipe(body, sink));
    }

    private Future<Void> pipe(S3Streams.Body body, BodySink sink) {
        open.add(body);
        if (closed) {
            body.cancel();
        }
        return body.pipeTo(sink).onComplete(end -> open.remove(body));
    }

    @Override
    public void close() {
        closed = true;
        Set.copyOf(open).forEach(S3Streams.Body::cancel);
    }
}
