package dev.longshore.blob;

import dev.longshore.oci.Digest;
import dev.longshore.oci.Origin;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.channels.FileChannel;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A blob that several sources have: when one fails, the next continues at the missing byte. A reader that has gone is no
 * failure of a source. Confined to one context.
 */
public final class ResumingBlob implements Blob {

    private final Sources sources;
    private final OptionalLong size;
    private Blob current;
    private @Nullable Future<Blob> opening;
    private boolean closed;

    /** Where the blob is found when a source has failed. */
    public interface Sources {

        /**
         * The blob from another source; fails, best with {@code cause}, when there is none left.
         *
         * @param failed the blob that broke, which is closed by then
         * @param from the first byte that is missing
         */
        Future<Blob> after(Blob failed, Throwable cause, long from);
    }

    /** Reads {@code first}, which it owns from now on. */
    public ResumingBlob(Blob first, Sources sources) {
        this.current = first;
        this.size = first.size();
        this.sources = sources;
    }

    @Override
    public Digest digest() {
        return current.digest();
    }

    @Override
    public OptionalLong size() {
        return size;
    }

    @Override
    public Origin origin() {
        return current.origin();
    }

    @Override
    public boolean seekable() {
        return current.seekable();
    }

    @Override
    public Future<Void> pipeTo(BodySink sink, ByteRange range) {
        if (closed) {
            return Future.failedFuture("the blob is closed");
        }
        Blob source = current;
        Counting counted = new Counting(sink);
        return source.pipeTo(counted, range).recover(failure -> {
            long from = range.start() + counted.taken;
            if (closed || counted.gone) {
                return Future.failedFuture(failure);
            }
            return next(source, failure, from).compose(found -> pipeTo(sink, new ByteRange(from, range.end())));
        });
    }

    /** Those who were reading side by side from a source that fails go over to the same next one. */
    private Future<Blob> next(Blob failed, Throwable cause, long from) {
        if (current != failed) {
            return Future.succeededFuture(current);
        }
        Future<Blob> under = opening;
        if (under != null) {
            return under;
        }
        failed.close();
        Future<Blob> found = sources.after(failed, cause, from).compose(blob -> adopt(blob, cause));
        if (!found.isComplete()) {
            opening = found;
            found.onComplete(done -> opening = null);
        }
        return found;
    }

    private Future<Blob> adopt(Blob blob, Throwable cause) {
        boolean same = size.isEmpty() || blob.size().isEmpty() || blob.size().equals(size);
        if (closed || !same || !blob.seekable()) {
            blob.close();
            return Future.failedFuture(cause);
        }
        current = blob;
        return Future.succeededFuture(blob);
    }

    @Override
    public void close() {
        closed = true;
        current.close();
    }

    /** Knows how much of a range has been taken, and whether it was the reader who failed. */
    private static final class Counting implements BodySink {

        private final BodySink sink;
        private long taken;
        private boolean gone;

        Counting(BodySink sink) {
            this.sink = sink;
        }

        @Override
        public Future<Void> write(Buffer bytes) {
            taken += bytes.length();
            return sink.write(bytes).onFailure(failure -> gone = true);
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            taken += length;
            return sink.transfer(file, position, length).onFailure(failure -> gone = true);
        }
    }
}
