package dev.longshore.loadtest;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A client of one download after another, on a connection that it has already when it starts. Confined to its context. */
final class LoopingClient implements Client {
    private final VerifyingClient http;
    private final String target;
    private final @Nullable Download warmUp;
    private final Iterator<Download> ahead;
    private final List<Outcome> outcomes = new ArrayList<>();
    private final Promise<List<Outcome>> done = Promise.promise();
    private volatile @Nullable Context own;

    /** {@code warmUp} is asked for twice before the start, uncounted: a process that has just started measures itself. */
    LoopingClient(VerifyingClient http, String target, @Nullable Download warmUp, Iterator<Download> ahead) {
        this.http = http;
        this.target = target;
        this.warmUp = warmUp;
        this.ahead = ahead;
    }

    /** Connects; a mirror that cannot be reached will show in the outcomes. */
    @Override
    public Future<?> deploy(Context context) {
        own = context;
        return warmUp == null
                ? http.greet(target).otherwiseEmpty()
                : http.download(warmUp).compose(once -> http.download(warmUp));
    }

    @Override
    public void start() {
        Objects.requireNonNull(own).runOnContext(now -> next());
    }

    private void next() {
        if (!ahead.hasNext()) {
            done.complete(outcomes);
            return;
        }
        http.download(ahead.next()).onSuccess(outcome -> {
            outcomes.add(outcome);
            next();
        });
    }

    @Override
    public Future<List<Outcome>> done() {
        return done.future();
    }
}
