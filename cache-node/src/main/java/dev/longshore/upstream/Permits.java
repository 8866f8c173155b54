package dev.longshore.upstream;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The connections that an upstream may be asked to carry at once, handed out in the order of asking. Small questions go
 * before bodies and never wait behind them: bodies leave one in eight permits, at least one where there are two, alone.
 * Thread-safe.
 */
final class Permits {

    private final Vertx vertx;
    private final Deque<Promise<Permit>> questions = new ArrayDeque<>();
    private final Deque<Promise<Permit>> bodies = new ArrayDeque<>();
    private final int reserved;
    private int free;

    Permits(Vertx vertx, int connections) {
        this.vertx = vertx;
        this.free = connections;
        this.reserved = connections < 2 ? 0 : Math.max(1, connections / 8);
    }

    /**
     * A permit, which the caller releases. Fails with a {@link TimeoutException} when none came free for {@code
     * patience}. Completes on whichever thread released one.
     *
     * @param body whether it is for a blob's bytes
     */
    Future<Permit> acquire(boolean body, Duration patience) {
        Promise<Permit> waiter = Promise.promise();
        Deque<Promise<Permit>> queue = body ? bodies : questions;
        boolean granted;
        synchronized (this) {
            granted = queue.isEmpty() && free > (body ? reserved : 0);
            if (granted) {
                free--;
            } else {
                queue.add(waiter);
            }
        }
        if (granted) {
            return Future.succeededFuture(new Permit());
        }
        long timer = vertx.setTimer(Math.max(1, patience.toMillis()), id -> giveUp(queue, waiter));
        return waiter.future().onSuccess(permit -> vertx.cancelTimer(timer));
    }

    private void giveUp(Deque<Promise<Permit>> queue, Promise<Permit> waiter) {
        boolean waiting;
        synchronized (this) {
            waiting = queue.remove(waiter);
        }
        if (waiting) {
            waiter.fail(new TimeoutException("no connection came free"));
        }
    }

    private void release() {
        Promise<Permit> next;
        synchronized (this) {
            free++;
            next = questions.poll();
            if (next == null && free > reserved) {
                next = bodies.poll();
            }
            if (next != null) {
                free--;
            }
        }
        if (next != null) {
            next.complete(new Permit());
        }
    }

    /** The right to one connection at a time. Thread-safe. */
    final class Permit {

        private final AtomicBoolean held = new AtomicBoolean(true);

        private Permit() {}

        /** Gives it back; only the first call counts. */
        void release() {
            if (held.compareAndSet(true, false)) {
                Permits.this.release();
            }
        }
    }
}
