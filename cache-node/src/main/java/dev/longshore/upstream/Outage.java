package dev.longshore.upstream;

import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether one upstream is thought to be out of order, so that the log tells when that changes and not each failure in
 * between. It is in order again when nothing has failed for a while: one bad repository must not make the log go to and
 * fro. Thread-safe.
 */
final class Outage {

    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);
    private static final Duration QUIET = Duration.ofSeconds(10);

    private final String upstream;
    private final InstantSource clock;
    private final AtomicBoolean failing = new AtomicBoolean();
    private final AtomicReference<Instant> wrongAt = new AtomicReference<>(Instant.MIN);
    private volatile Instant failedAt = Instant.MIN;

    Outage(String upstream, InstantSource clock) {
        this.upstream = upstream;
        this.clock = clock;
    }

    /** Takes note of how a request ended. */
    void observe(@Nullable Throwable failure) {
        if (!(failure instanceof RegistryException e) || !e.unreachable()) {
            if (failing.get() && isQuietSince(failedAt) && failing.compareAndSet(true, false)) {
                LOG.info("{} answers again", upstream);
            }
        } else if (e.code() != ErrorCode.UNAVAILABLE) {
            failedAt = clock.instant();
            if (failing.compareAndSet(false, true)) {
                LOG.warn("{} is failing: {}", upstream, e.getMessage());
            } else {
                LOG.debug("{} is still failing: {}", upstream, e.getMessage());
            }
        }
    }

    /** The upstream sent content that nobody may have; the first in a while is told. */
    void wrongContent(String what) {
        Instant last = wrongAt.get();
        if (isQuietSince(last) && wrongAt.compareAndSet(last, clock.instant())) {
            LOG.warn("wrong content: {}", what);
        } else {
            LOG.debug("wrong content again: {}", what);
        }
    }

    private boolean isQuietSince(Instant moment) {
        return !clock.instant().minus(QUIET).isBefore(moment);
    }
}
