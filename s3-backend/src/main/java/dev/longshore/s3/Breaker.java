package dev.longshore.s3;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether it is worth asking: after a failure not for a few seconds, so that a bucket which does not answer costs one
 * pull its patience and not all of them. Thread-safe.
 */
final class Breaker {

    private static final Logger log = LoggerFactory.getLogger(Breaker.class);
    private static final long NEVER = Long.MIN_VALUE;

    private final String bucket;
    private final long pause;
    private final LongSupplier nanoTime;
    private final AtomicLong failedAt = new AtomicLong(NEVER);

    /** @param pause how long nobody asks after a failure */
    Breaker(String bucket, Duration pause, LongSupplier nanoTime) {
        this.bucket = bucket;
        this.pause = pause.toNanos();
        this.nanoTime = nanoTime;
    }

    boolean isOpen() {
        long last = failedAt.get();
        return last != NEVER && nanoTime.getAsLong() - last < pause;
    }

    void failed(Throwable cause) {
        if (failedAt.getAndSet(nanoTime.getAsLong()) == NEVER) {
            log.warn("the bucket {} cannot be used, pulls go on without it: {}", bucket, cause.toString());
        }
    }

    void answered() {
        if (failedAt.getAndSet(NEVER) != NEVER) {
            log.info("the bucket {} can be used again", bucket);
        }
    }
}
