package dev.longshore.upstream;

import dev.longshore.http.Reply;
import dev.longshore.http.RetryAfter;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one upstream still allows us. Told to wait, we do not ask for that kind of thing again before the time has come,
 * or a minute has passed: registries limit manifests, and go on serving blobs. Thread-safe.
 */
final class RateBudget {

    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(60);

    /**
     * A kind of request that is not to be made.
     *
     * @param silentUntil until when we do not ask
     * @param retryAt when the upstream wants to be asked again
     */
    private record Pause(RegistryException why, Instant silentUntil, Instant retryAt) {}

    private final InstantSource clock;
    private final Map<Ask.Kind, Pause> pauses = new ConcurrentHashMap<>();
    private volatile long remaining = -1;

    RateBudget(InstantSource clock) {
        this.clock = clock;
    }

    /** Why {@code ask} need not be made now, if so. */
    Optional<RegistryException> refusal(Ask ask) {
        Pause pause = pauses.get(ask.kind());
        if (pause == null) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        if (!now.isBefore(pause.silentUntil)) {
            pauses.remove(ask.kind(), pause);
            return Optional.empty();
        }
        return Optional.of(pause.why.retryAfter(Duration.between(now, pause.retryAt)));
    }

    /** Takes note of what the upstream said with {@code reply}. */
    void observe(Ask ask, Reply reply) {
        reply.header("ratelimit-remaining").ifPresent(this::takeRemaining);
        Optional<Duration> wait = RetryAfter.of(reply, clock);
        boolean limited = reply.status() == 429;
        if (wait.isEmpty() || !limited && reply.status() != 503) {
            return;
        }
        Instant now = clock.instant();
        Instant retryAt = now.plus(wait.get());
        Instant cap = now.plus(LONGEST_SILENCE);
        RegistryException why = RegistryException.passing(
                limited ? ErrorCode.TOOMANYREQUESTS : ErrorCode.UPSTREAM_UNAVAILABLE,
                ask + ": not asked, it answered " + reply.status() + " lately and wants to be left alone",
                null);
        pauses.put(ask.kind(), new Pause(why, retryAt.isBefore(cap) ? retryAt : cap, retryAt));
    }

    /** Docker Hub's form is {@code 76;w=21600}. */
    private void takeRemaining(String value) {
        String number = value.split(";", 2)[0].strip();
        if (number.matches("[0-9]{1,9}")) {
            remaining = Long.parseLong(number);
        }
    }

    /** How many more pulls the upstream allows, when it says so. */
    OptionalLong remaining() {
        return remaining < 0 ? OptionalLong.empty() : OptionalLong.of(remaining);
    }
}
