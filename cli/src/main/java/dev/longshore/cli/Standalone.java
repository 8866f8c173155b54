package dev.longshore.cli;

import dev.longshore.access.GuardedRegistry;
import dev.longshore.access.MemoryRegistry;
import dev.longshore.cache.CachingRegistry;
import dev.longshore.config.Settings;
import dev.longshore.http.Door;
import dev.longshore.http.OpsServer.Check;
import dev.longshore.oci.Registry;
import dev.longshore.upstream.ProxyEnvironment;
import dev.longshore.upstream.Upstreams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** The whole mirror in one process: the front door and the cache, wired together. Thread-safe. */
final class Standalone implements Running {

    private final CachingRegistry cache;
    private final Doors doors;
    private final Duration patience;

    private Standalone(CachingRegistry cache, Doors doors, Duration patience) {
        this.cache = cache;
        this.doors = doors;
        this.patience = patience;
    }

    /** Starts the mirror; fails with a message for the operator. */
    static Future<Standalone> start(Vertx vertx, Settings settings) {
        Clock clock = Clock.systemUTC();
        Upstreams upstreams = Upstreams.of(vertx, settings.upstreams().values(), ProxyEnvironment.of(System.getenv()));
        return vertx.executeBlocking(
                        () -> CachingRegistry.open(vertx, settings.storage(), settings.upstreams(), upstreams, clock))
                .compose(cache -> serve(vertx, settings, cache, clock)
                        .recover(failure -> cache.close().transform(closed -> Future.failedFuture(failure))));
    }

    private static Future<Standalone> serve(Vertx vertx, Settings settings, CachingRegistry cache, Clock clock) {
        Registry remembered =
                new MemoryRegistry(cache, clock, Runtime.getRuntime().maxMemory() / 8);
        Registry guarded = new GuardedRegistry(remembered, settings::serves);
        return Doors.open(vertx, settings, guarded, Door.OPEN, List.of(new Check("storage", cache::problem)), clock)
                .map(doors -> new Standalone(cache, doors, settings.drainTimeout()));
    }

    @Override
    public Doors doors() {
        return doors;
    }

    /** Takes no more pulls, lets the bodies under way finish, and leaves the storage directory in order. */
    @Override
    public Future<Void> drain() {
        return doors.registry().drain(patience).eventually(cache::close).eventually(doors.ops()::close);
    }
}
