package dev.longshore.cli;

import io.vertx.core.Future;
import java.time.Duration;

/** A role at work. Thread-safe. */
interface Running {

    /** For whoever has connected before the door is shut; and for the uploads of what was filled for the last bodies. */
    Duration LAST = Duration.ofSeconds(2);

    /** Where it listens. */
    Doors doors();

    /** Takes no more pulls, lets what is under way finish, and leaves everything in order. */
    Future<Void> drain();

    /** How long it is until {@code deadline}, a time of {@link System#nanoTime}; nothing when it has passed. */
    static Duration until(long deadline) {
        return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    }
}
