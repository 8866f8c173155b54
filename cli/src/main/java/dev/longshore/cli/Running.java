package dev.longshore.cli;

import io.vertx.core.Future;

/** A role at work. Thread-safe. */
interface Running {

    /** Where it listens. */
    Doors doors();

    /** Takes no more pulls, lets what is under way finish, and leaves everything in order. */
    Future<Void> drain();
}
