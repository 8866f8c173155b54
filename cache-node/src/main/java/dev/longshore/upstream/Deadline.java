package dev.longshore.upstream;

import java.time.Duration;

/** The moment by which an answer must have begun. Immutable. */
record Deadline(long nanoTime) {

    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** In milliseconds, at least one: what comes too late is refused by the timer, not before it is tried. */
    long left() {
        return Math.max(1, (nanoTime - System.nanoTime()) / 1_000_000);
    }

    boolean leaves(Duration time) {
        return nanoTime - System.nanoTime() > time.toNanos();
    }
}
