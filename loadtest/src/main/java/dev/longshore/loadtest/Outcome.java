package dev.longshore.loadtest;

/**
 * How a download ended. Immutable.
 *
 * @param problem in a few words without addresses, so that equal ones can be counted; empty if there is none
 * @param firstByteNanos from the request to the first byte of the body; negative if none came
 * @param stallNanos the longest time without a byte that was waited for
 * @param tookNanos from the request to its end
 */
record Outcome(Verdict verdict, String problem, long bytes, long firstByteNanos, long stallNanos, long tookNanos) {

    /** What to make of a download. */
    enum Verdict {
        OK,
        WRONG_DIGEST,
        FAILED,
        /** Left on purpose. */
        DROPPED
    }
}
