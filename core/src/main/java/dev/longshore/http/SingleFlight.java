package dev.longshore.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** One answer for everyone who asks the same at the same time. Thread-safe. */
public final class SingleFlight<K, V> {

    private final Vertx vertx;
    private final Map<K, Future<V>> flights = new ConcurrentHashMap<>();

    /** Nothing is asked yet. */
    public SingleFlight(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * The answer to {@code key}.
     *
     * @param leader whether it was asked for on behalf of this caller, not of an earlier one
     */
    public record Shared<V>(boolean leader, Future<V> answer) {}

    /** Joins the flight for {@code key}, or starts it by {@code ask}. */
    public Shared<V> join(K key, Supplier<Future<V>> ask) {
        Promise<V> promise = Promise.promise();
        Future<V> mine = promise.future();
        Future<V> other = flights.putIfAbsent(key, mine);
        if (other != null) {
            return new Shared<>(false, Contexts.here(vertx, other));
        }
        Future.succeededFuture().compose(now -> ask.get()).onComplete(answer -> {
            flights.remove(key, mine);
            promise.handle(answer);
        });
        return new Shared<>(true, mine);
    }
}
