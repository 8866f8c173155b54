package dev.longshore.cli;

import dev.longshore.config.Settings;
import dev.longshore.oci.UpstreamNames;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.Optional;

/** What every role stands on. Thread-safe. */
record Ground(Vertx vertx, Settings settings, Meters meters, Clock clock) {

    static Ground of(Vertx vertx, Settings settings) {
        return new Ground(vertx, settings, Meters.of(settings), Clock.systemUTC());
    }

    /** What clients and operators call the upstreams. */
    UpstreamNames upstreams() {
        return UpstreamNames.of(settings.upstreams().keySet(), Optional.ofNullable(settings.defaultUpstream()));
    }
}
