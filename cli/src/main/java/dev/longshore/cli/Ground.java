package dev.longshore.cli;

import dev.longshore.config.Settings;
import io.vertx.core.Vertx;
import java.time.Clock;

/** What every role stands on. Thread-safe. */
record Ground(Vertx vertx, Settings settings, Meters meters, Clock clock) {

    static Ground of(Vertx vertx, Settings settings) {
        return new Ground(vertx, settings, Meters.of(settings), Clock.systemUTC());
    }
}
