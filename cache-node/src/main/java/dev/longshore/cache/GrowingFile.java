package dev.longshore.cache;

import dev.longshore.blob.VerifiedBlob;
import dev.longshore.cache.Segments.Segment;
import dev.longshore.http.Contexts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A file that is being filled, as its readers see it: they wait for bytes, and never get the last 32 KiB before all
 * bytes have been verified, so that nobody completes a body that is wrong. Thread-safe.
 */
final class GrowingFile implements Follower.Growth {

    private final Vertx vertx;
    private final Segments segments;
    private final Observer observer;
    private final List<Waiter> waiters = new ArrayList<>();
    private long size;
    private boolean verified;
    private OptionalLong grownAt = OptionalLong.empty();
    private @Nullable Throwable failure;

    /** Is told what may call for action. */
    interface Observer {

        /** More bytes are here. */
        void grown();

        /** A reader waits at {@code offset}, and nothing is on its way there. */
        void wanted(long offset);
    }

    private record Waiter(long offset, Promise<Long> promise) {}

    /**
     * A file of which {@code segments} are here.
     *
     * @param size in bytes; {@link Long#MAX_VALUE} when the source does not tell
     */
    GrowingFile(Vertx vertx, Segments segments, long size, Observer observer) {
        this.vertx = vertx;
        this.segments = segments;
        this.size = size;
        this.observer = observer;
    }

    synchronized Optional<Segment> next() {
        return failure == null ? segments.next() : Optional.empty();
    }

    synchronized Optional<Segment> at(long offset) {
        return failure == null ? segments.at(offset) : Optional.empty();
    }

    /** Whether the byte at {@code offset} is here, or will be soon without further ado. */
    synchronized boolean isNear(long offset) {
        return segments.isNear(offset);
    }

    /** Ends {@code segment}, which nobody is writing, where it has come to; who waited for its rest wants it anew. */
    void cut(Segment segment) {
        List<Long> wanted = new ArrayList<>();
        synchronized (this) {
            long end = segment.end();
            segments.cut(segment);
            for (Waiter waiter : waiters) {
                if (waiter.offset >= segment.end() && waiter.offset < end) {
                    wanted.add(waiter.offset);
                }
            }
        }
        wanted.forEach(observer::wanted);
    }

    synchronized boolean isComplete(Segment segment) {
        return segment.complete();
    }

    /** The next byte of {@code segment} that is to be written. */
    synchronized long position(Segment segment) {
        return segment.position();
    }

    /** How many bytes of {@code segment} are still wanted. */
    synchronized long room(Segment segment) {
        return failure == null ? segment.end() - segment.position() : 0;
    }

    void written(Segment segment, long bytes) {
        synchronized (this) {
            segments.written(segment, bytes);
            grownAt = OptionalLong.of(System.nanoTime());
        }
        wakeReaders();
        observer.grown();
    }

    /** For how many milliseconds nothing has come; empty when nothing has come at all. */
    synchronized OptionalLong standstill() {
        return grownAt.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of((System.nanoTime() - grownAt.getAsLong()) / 1_000_000);
    }

    /** Notes that the source has ended, and with it {@code segment}: so long is the blob. */
    void endsWith(Segment segment) {
        synchronized (this) {
            segments.endsWith(segment);
            size = segment.end();
        }
        observer.grown();
    }

    /** Whether it is known how long the blob is. */
    synchronized boolean isSized() {
        return size != Long.MAX_VALUE;
    }

    synchronized long size() {
        return size;
    }

    /** The end of what is here without a gap from the first byte on. */
    synchronized long contiguous() {
        return segments.readableFrom(0);
    }

    @Override
    public Future<Long> readableFrom(long offset) {
        Promise<Long> promise = Promise.promise();
        boolean near;
        synchronized (this) {
            if (failure != null) {
                return Future.failedFuture(failure);
            }
            long end = end(offset);
            if (end > offset) {
                return Future.succeededFuture(end);
            }
            waiters.add(new Waiter(offset, promise));
            near = segments.isNear(offset);
        }
        if (!near) {
            observer.wanted(offset);
        }
        return Contexts.here(vertx, promise.future());
    }

    private long end(long offset) {
        long end = segments.readableFrom(offset);
        return verified ? end : Math.min(end, size - VerifiedBlob.WITHHELD);
    }

    private void wakeReaders() {
        List<Runnable> awake = new ArrayList<>();
        synchronized (this) {
            for (Iterator<Waiter> each = waiters.iterator(); each.hasNext(); ) {
                Waiter waiter = each.next();
                long end = end(waiter.offset);
                if (end > waiter.offset) {
                    each.remove();
                    awake.add(() -> waiter.promise.complete(end));
                }
            }
        }
        awake.forEach(Runnable::run);
    }

    /** All bytes are right: the rest may be read too. */
    void verified() {
        synchronized (this) {
            verified = true;
        }
        wakeReaders();
    }

    /** No more bytes will come, or those that came are wrong. */
    void fail(Throwable cause) {
        List<Waiter> asleep;
        synchronized (this) {
            failure = cause;
            asleep = List.copyOf(waiters);
            waiters.clear();
        }
        asleep.forEach(waiter -> waiter.promise.fail(cause));
    }
}
