package dev.longshore.cli;

import dev.longshore.access.GuardedRegistry;
import dev.longshore.access.MemoryRegistry;
import dev.longshore.cache.CachingRegistry;
import dev.longshore.cache.Tiers;
import dev.longshore.config.Listen;
import dev.longshore.config.Settings;
import dev.longshore.http.OpsServer;
import dev.longshore.http.OpsServer.Check;
import dev.longshore.http.RegistryServer;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.UpstreamNames;
import dev.longshore.upstream.ProxyEnvironment;
import dev.longshore.upstream.Upstreams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The whole mirror in one process: the front door and the cache, wired together. Thread-safe. */
final class Standalone {

    private final CachingRegistry cache;
    private final RegistryServer registry;
    private final HttpServer ops;
    private final Duration patience;

    private Standalone(CachingRegistry cache, RegistryServer registry, HttpServer ops, Duration patience) {
        this.cache = cache;
        this.registry = registry;
        this.ops = ops;
        this.patience = patience;
    }

    /** Starts the mirror; fails with a message for the operator. */
    static Future<Standalone> start(Vertx vertx, Settings settings) {
        Clock clock = Clock.systemUTC();
        Upstreams upstreams = Upstreams.of(vertx, settings.upstreams().values(), ProxyEnvironment.of(System.getenv()));
        return vertx.executeBlocking(
                        () -> CachingRegistry.open(vertx, settings.storage(), settings.upstreams(), upstreams, Tiers.NONE, clock))
                .compose(cache -> serve(vertx, settings, cache, clock)
                        .recover(failure -> cache.close().transform(closed -> Future.failedFuture(failure))));
    }

    private static Future<Standalone> serve(Vertx vertx, Settings settings, CachingRegistry cache, Clock clock) {
        Registry remembered =
                new MemoryRegistry(cache, clock, Runtime.getRuntime().maxMemory() / 8);
        Registry guarded = new GuardedRegistry(remembered, repository -> isServed(settings, repository));
        UpstreamNames names =
                UpstreamNames.of(settings.upstreams().keySet(), Optional.ofNullable(settings.defaultUpstream()));
        Listen front = settings.listen();
        Listen back = settings.ops().listen();
        return explained(
                        "listen",
                        front,
                        RegistryServer.listen(vertx, front.host(), front.port(), guarded, names, clock))
                .compose(registry -> explained(
                                "ops.listen",
                                back,
                                OpsServer.listen(
                                        vertx, back.host(), back.port(), List.of(new Check("storage", cache::problem))))
                        .map(ops -> new Standalone(cache, registry, ops, settings.drainTimeout())));
    }

    private static boolean isServed(Settings settings, RepositoryName repository) {
        var upstream = settings.upstreams().get(repository.upstream());
        return upstream != null && upstream.allows(repository);
    }

    /** A port that cannot be had is the operator's to settle: says which, and why. */
    private static <T> Future<T> explained(String key, Listen address, Future<T> listening) {
        return listening.recover(failure -> {
            String message = String.valueOf(failure.getMessage());
            boolean taken = failure instanceof BindException || message.contains("in use");
            return Future.failedFuture(
                    new IOException(key + ": " + address + (taken ? " is in use by another process" : ": " + message)));
        });
    }

    /** The port of the registry API. */
    int port() {
        return registry.port();
    }

    /** Takes no more pulls, lets the bodies under way finish, and leaves the storage directory in order. */
    Future<Void> drain() {
        return registry.drain(patience).eventually(cache::close).eventually(ops::close);
    }
}
