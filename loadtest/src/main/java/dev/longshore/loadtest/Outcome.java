package dev.longshore.loadtest;

import java.time.Instant;

/**
 * How a download ended. Immutable.
 *
 * @param began when, to be found again in the mirror's log
 * @param problem in a few words without addresses, so that equal ones can be counted; empty if there is none
 * @param source what the mirror says of where it had the bytes, in {@code X-Cache}; empty if it says nothing
 * @param firstByteNanos from the request to the first byte of the body; negative if none came
 * @param stallNanos the longest time without a byte that was waited for, after the first one or in vain
 * @param tookNanos from the request to its end
 */
record Outcome(
        Download download,
        Instant began,
        Verdict verdict,
        String problem,
        String source,
        long bytes,
        long firstByteNanos,
        long stallNanos,
        long tookNanos) {

    /** What to make of a download. */
    enum Verdict {
        OK,
        WRONG_DIGEST,
        FAILED,
        /** Left on purpose. */
        DROPPED
    }

    boolean clean() {
        return verdict == Verdict.OK || verdict == Verdict.DROPPED;
    }
}
