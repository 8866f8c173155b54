package dev.longshore.upstream;

import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether one upstream is thought to be out of order, so that the log tells when that changes and not each failure in
 * between. Thread-safe.
 */
final class Outage {

    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);
    private static final long QUIET_NANOS = 10_000_000_000L;

    private final String upstream;
    private final AtomicBoolean failing = new AtomicBoolean();
    private final AtomicLong wrongAt = new AtomicLong(System.nanoTime() - QUIET_NANOS);

    Outage(String upstream) {
        this.upstream = upstream;
    }

    /** Takes note of how a request ended. */
    void observe(@Nullable Throwable failure) {
        if (!(failure instanceof RegistryException e) || !e.unreachable()) {
            if (failing.compareAndSet(true, false)) {
                LOG.info("{} answers again", upstream);
            }
        } else if (e.code() != ErrorCode.UNAVAILABLE) {
            if (failing.compareAndSet(false, true)) {
                LOG.warn("{} is failing: {}", upstream, e.getMessage());
            } else {
                LOG.debug("{} is still failing: {}", upstream, e.getMessage());
            }
        }
    }

    /** The upstream sent content that nobody may have; the first in a while is told. */
    void wrongContent(String what) {
        long now = System.nanoTime();
        long last = wrongAt.get();
        if (now - last >= QUIET_NANOS && wrongAt.compareAndSet(last, now)) {
            LOG.warn("wrong content: {}", what);
        } else {
            LOG.debug("wrong content again: {}", what);
        }
    }
}
