package dev.longshore.upstream;

import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether one upstream is thought to be out of order, so that the log tells when it is in order again: when nothing has
 * failed for a while, for one bad repository must not make the log go to and fro. Thread-safe.
 */
final class Outage {

    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);
    private static final Duration QUIET = Duration.ofSeconds(10);

    private final String upstream;
    private final InstantSource clock;
    private final AtomicBoolean failing = new AtomicBoolean();
    private volatile Instant failedAt = Instant.MIN;

    Outage(String upstream, InstantSource clock) {
        this.upstream = upstream;
        this.clock = clock;
    }

    /** Takes note of how a request ended. */
    void observe(@Nullable Throwable failure) {
        if (!(failure instanceof RegistryException e) || !e.unreachable()) {
            if (failing.get() && isQuiet() && failing.compareAndSet(true, false)) {
                LOG.info("{} answers again", upstream);
            }
        } else if (e.code() != ErrorCode.UPSTREAM_BUSY) {
            failedAt = clock.instant();
            failing.set(true);
            LOG.warn("{} is failing: {}", upstream, e.getMessage());
        }
    }

    /** The upstream sent content that nobody may have. */
    void wrongContent(String what) {
        LOG.warn("{} sent wrong content: {}", upstream, what);
    }

    private boolean isQuiet() {
        return !clock.instant().minus(QUIET).isBefore(failedAt);
    }
}
