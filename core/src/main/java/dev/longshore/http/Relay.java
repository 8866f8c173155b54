package dev.longshore.http;

import dev.longshore.blob.BodySink;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import java.util.function.LongConsumer;

/**
 * One body on its way from a stream to a sink, at the sink's pace: at most {@link #UNTAKEN} bytes wait for it, and a
 * body that ends too early, grows too long, breaks or falls silent is a failure, never an end. Confined to one context.
 */
public final class Relay {

    /** How many bytes the sink may have been given and not yet taken before the source is held back. */
    static final int UNTAKEN = 512 * 1024;

    private final Vertx vertx;
    private final ReadStream<Buffer> source;
    private final long length;
    private final Duration idle;
    private final LongConsumer abandon;
    private final Promise<Long> taken = Promise.promise();

    private long position;
    private long from;
    private long until;
    private long untaken;
    private boolean held;
    private boolean read;
    private long heardAt;
    private long timer = -1;

    /**
     * @param source a paused stream; nobody else reads it
     * @param length of the whole body, -1 where it is not announced
     * @param idle how long the source may be silent while it is not held back
     * @param abandon called at most once, with the number of bytes read, when the source is left before its end
     */
    public Relay(Vertx vertx, ReadStream<Buffer> source, long length, Duration idle, LongConsumer abandon) {
        this.vertx = vertx;
        this.source = source;
        this.length = length;
        this.idle = idle;
        this.abandon = abandon;
    }

    /**
     * Leaves out the first {@code skip} bytes and writes the next {@code take}, or all that follow when fewer do. Called
     * once. Completes with the number of bytes written, when the sink has taken the last; fails with a retryable {@link
     * RegistryException} when the source is at fault and with the sink's own failure otherwise.
     */
    public Future<Long> run(BodySink sink, long skip, long take) {
        from = skip;
        until = take > Long.MAX_VALUE - skip ? Long.MAX_VALUE : skip + take;
        try {
            source.exceptionHandler(this::broken);
            source.endHandler(v -> ended());
            source.handler(bytes -> received(sink, bytes));
        } catch (IllegalStateException e) {
            // A client's response that broke while it was paused refuses handlers.
            broken(e);
            return taken.future();
        }
        heardAt = System.nanoTime();
        watch(idle.toMillis());
        source.resume();
        return taken.future();
    }

    /** How many bytes have come. */
    public long received() {
        return position;
    }

    /** Stops it: what is being run fails with {@code cause}, unless the sink has taken everything. */
    public void cancel(Throwable cause) {
        fail(cause);
    }

    private void received(BodySink sink, Buffer bytes) {
        if (isOver() || read) {
            LentBytes.giveBack(bytes);
            return;
        }
        heardAt = System.nanoTime();
        long start = position;
        position += bytes.length();
        if (length >= 0 && position > length) {
            fail(wrong("sent more than the " + length + " bytes it announced"));
            return;
        }
        int first = (int) Math.min(bytes.length(), Math.max(0, from - start));
        int last = (int) Math.max(first, Math.min(bytes.length(), until - start));
        if (last > first) {
            write(sink, first == 0 && last == bytes.length() ? bytes : bytes.slice(first, last));
        } else {
            LentBytes.giveBack(bytes);
        }
        // A range that reaches the announced end waits for the end itself: the connection can then be used again.
        if (position >= until && until != length && !isOver()) {
            leave();
        }
    }

    private void write(BodySink sink, Buffer bytes) {
        untaken += bytes.length();
        if (untaken > UNTAKEN && !held) {
            held = true;
            source.pause();
        }
        int count = bytes.length();
        sink.write(bytes).onComplete(written -> {
            LentBytes.giveBack(bytes);
            written(written, count);
        });
    }

    private void written(AsyncResult<Void> written, int count) {
        untaken -= count;
        if (written.failed()) {
            fail(written.cause());
            return;
        }
        if (held && untaken <= UNTAKEN / 2 && !isOver()) {
            held = false;
            heardAt = System.nanoTime();
            source.resume();
        }
        completeWhenTaken();
    }

    /** Enough was read, the source has more. */
    private void leave() {
        read = true;
        abandon.accept(position);
        completeWhenTaken();
    }

    private void ended() {
        if (isOver() || read) {
            return;
        }
        if (length >= 0 && position < length) {
            fail(wrong("ended after " + position + " of " + length + " bytes"));
            return;
        }
        read = true;
        completeWhenTaken();
    }

    private void completeWhenTaken() {
        if (read && untaken == 0 && !isOver()) {
            vertx.cancelTimer(timer);
            taken.complete(Math.max(0, Math.min(position, until) - from));
        }
    }

    private void broken(Throwable cause) {
        if (!read) {
            fail(RegistryException.passing(
                    ErrorCode.UPSTREAM_UNAVAILABLE, "the body broke after " + position + " bytes", cause));
        }
    }

    private void fail(Throwable cause) {
        if (isOver()) {
            return;
        }
        vertx.cancelTimer(timer);
        if (!read) {
            read = true;
            abandon.accept(position);
        }
        taken.fail(cause);
    }

    private boolean isOver() {
        return taken.future().isComplete();
    }

    /** One timer that is set again for what is left, instead of one for every piece. */
    private void watch(long millis) {
        timer = vertx.setTimer(Math.max(1, millis), id -> {
            if (isOver() || read) {
                return;
            }
            long left = held ? idle.toMillis() : idle.toMillis() - (System.nanoTime() - heardAt) / 1_000_000;
            if (left > 0) {
                watch(left);
            } else {
                fail(RegistryException.passing(
                        ErrorCode.UPSTREAM_TIMEOUT,
                        "the body was silent for " + idle.toMillis() + " ms after " + position + " bytes",
                        null));
            }
        });
    }

    private static RegistryException wrong(String what) {
        return RegistryException.passing(ErrorCode.UPSTREAM_UNAVAILABLE, "the body " + what, null);
    }
}
