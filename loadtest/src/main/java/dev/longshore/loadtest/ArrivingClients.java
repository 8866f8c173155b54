package dev.longshore.loadtest;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Clients of one download each that arrive at a constant rate, whether or not those before them are done: a mirror that
 * stands still is not spared. Confined to its context.
 */
final class ArrivingClients implements Client {
    private static final long TICK_MILLIS = 5;

    private final VerifyingClient http;
    private final Iterator<Download> ahead;
    private final double perSecond;
    private final List<Outcome> outcomes = new ArrayList<>();
    private final Promise<List<Outcome>> done = Promise.promise();
    private volatile @Nullable Context own;
    private long began;
    private int arrived;
    private boolean closed;

    ArrivingClients(VerifyingClient http, double perSecond, Iterator<Download> ahead) {
        this.http = http;
        this.perSecond = perSecond;
        this.ahead = ahead;
    }

    @Override
    public Future<?> deploy(Context context) {
        own = context;
        return Future.succeededFuture();
    }

    @Override
    public void start() {
        Context context = Objects.requireNonNull(own);
        context.runOnContext(now -> {
            began = System.nanoTime();
            context.owner().setPeriodic(TICK_MILLIS, timer -> admit(context.owner(), timer));
        });
    }

    private void admit(Vertx vertx, long timer) {
        long due = (long) ((System.nanoTime() - began) / 1e9 * perSecond);
        while (arrived < due && !closed) {
            if (ahead.hasNext()) {
                arrived++;
                http.download(ahead.next()).onSuccess(this::leave);
            } else {
                closed = true;
                vertx.cancelTimer(timer);
                finishIfEmpty();
            }
        }
    }

    private void leave(Outcome outcome) {
        outcomes.add(outcome);
        finishIfEmpty();
    }

    private void finishIfEmpty() {
        if (closed && outcomes.size() == arrived) {
            done.tryComplete(outcomes);
        }
    }

    @Override
    public Future<List<Outcome>> done() {
        return done.future();
    }
}
