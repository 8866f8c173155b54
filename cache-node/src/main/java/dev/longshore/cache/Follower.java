package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Origin;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.OptionalLong;

/**
 * A reader of a file that may still be growing, at its own offset and its own pace. A blob that is published has grown
 * to its end, so hits are read by the same few lines. Confined to one context.
 */
final class Follower implements Blob {

    private final Digest digest;
    private final long size;
    private final Origin origin;
    private final BlobFile file;
    private final Growth growth;
    private boolean closed;

    /** How far a file may be read. */
    interface Growth {

        /** Completes, when there is at least one byte at {@code offset}, with the end of what may be read from there. */
        Future<Long> readableFrom(long offset);

        /** All {@code size} bytes may be read. */
        static Growth complete(long size) {
            return offset -> Future.succeededFuture(size);
        }
    }

    /** Reads {@code file}, of which it becomes a user. */
    Follower(Digest digest, long size, Origin origin, BlobFile file, Growth growth) {
        this.digest = digest;
        this.size = size;
        this.origin = origin;
        this.file = file.retain();
        this.growth = growth;
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
        return origin;
    }

    @Override
    public Future<Void> pipeTo(BodySink sink, ByteRange range) {
        if (closed) {
            return Future.failedFuture("the blob is closed");
        }
        file.retain();
        Promise<Void> piped = Promise.promise();
        copy(sink, range.start(), range.end(), piped);
        return piped.future().onComplete(done -> file.release());
    }

    /** Step by step, and not by composed futures: those would all live until the last of very many. */
    private void copy(BodySink sink, long from, long end, Promise<Void> piped) {
        long at = from;
        while (at < end && !closed) {
            Future<Long> step = step(sink, at, end);
            if (!step.succeeded()) {
                step.onFailure(piped::fail).onSuccess(to -> copy(sink, to, end, piped));
                return;
            }
            at = step.result();
        }
        if (at == end) {
            piped.complete();
        } else {
            piped.fail("the reader has gone");
        }
    }

    /** Sends what may be read at {@code from}; completes with where that ends. */
    private Future<Long> step(BodySink sink, long from, long end) {
        return growth.readableFrom(from).compose(readable -> {
            long to = Math.min(readable, end);
            return sink.transfer(file.channel(), from, to - from).map(to);
        });
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            file.release();
        }
    }
}
