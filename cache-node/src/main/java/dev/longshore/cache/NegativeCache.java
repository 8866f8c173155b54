package dev.longshore.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/**
 * What the upstream has just said it does not have, or does not give: remembered for 10 s, so that a client in a loop
 * does not become the upstream's problem. Thread-safe.
 */
final class NegativeCache {

    private static final Duration REMEMBERED = Duration.ofSeconds(10);
    private static final int MOST = 10_000;

    private final Cache<Object, RegistryException> refusals;

    NegativeCache(Clock clock) {
        Ticker ticker = () -> Duration.between(Instant.EPOCH, clock.instant()).toNanos();
        this.refusals = Caffeine.newBuilder()
                .expireAfterWrite(REMEMBERED)
                .maximumSize(MOST)
                .ticker(ticker)
                .build();
    }

    /**
     * The remembered refusal, or what {@code ask} answers.
     *
     * @param question a value that is equal when the same is asked
     */
    <T> Future<T> unlessRefused(Object question, Supplier<Future<T>> ask) {
        RegistryException refusal = refusals.getIfPresent(question);
        return refusal != null
                ? Future.failedFuture(refusal)
                : ask.get().onFailure(failure -> remember(question, failure));
    }

    private void remember(Object question, Throwable failure) {
        if (failure instanceof RegistryException refusal && isAnswer(refusal)) {
            refusals.put(question, refusal);
        }
    }

    private static boolean isAnswer(RegistryException failure) {
        return switch (failure.code()) {
            case BLOB_UNKNOWN, MANIFEST_UNKNOWN, NAME_UNKNOWN, DENIED -> true;
            default -> false;
        };
    }
}
