package dev.longshore.s3;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether it is worth asking: after a few failures in a row not for some seconds, so that a bucket which does not answer
 * costs some pulls their patience and not all of them. Thread-safe.
 */
final class Breaker {

    private static final Logger log = LoggerFactory.getLogger(Breaker.class);
    private static final int IN_A_ROW = 3;

    private final String bucket;
    private final long pause;
    private final LongSupplier nanoTime;
    private int failures;
    private long failedAt;
    private String reason = "";

    /** @param pause how long nobody asks after the last of them */
    Breaker(String bucket, Duration pause, LongSupplier nanoTime) {
        this.bucket = bucket;
        this.pause = pause.toNanos();
        this.nanoTime = nanoTime;
    }

    synchronized boolean isOpen() {
        return failures >= IN_A_ROW && nanoTime.getAsLong() - failedAt < pause;
    }

    synchronized void failed(Throwable cause) {
        failedAt = nanoTime.getAsLong();
        reason = cause.toString();
        if (++failures == IN_A_ROW) {
            log.warn("the bucket {} cannot be used, pulls go on without it: {}", bucket, cause.toString());
        }
    }

    synchronized void answered() {
        if (failures >= IN_A_ROW) {
            log.info("the bucket {} can be used again", bucket);
        }
        failures = 0;
    }

    /** Why it cannot be used, as far as the last requests tell; empty when it can. */
    synchronized Optional<String> problem() {
        return failures >= IN_A_ROW ? Optional.of("cannot be used: " + reason) : Optional.empty();
    }
}
