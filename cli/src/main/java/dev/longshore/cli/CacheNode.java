package dev.longshore.cli;

import dev.longshore.cache.CachingRegistry;
import dev.longshore.cache.Tiers;
import dev.longshore.cluster.HazelcastMembership;
import dev.longshore.cluster.Node;
import dev.longshore.config.ClusterSettings;
import dev.longshore.config.Settings;
import dev.longshore.http.OpsServer.Check;
import dev.longshore.upstream.ProxyEnvironment;
import dev.longshore.upstream.Upstreams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One member of the cache tier, wired together: it answers gateways and other nodes only. Thread-safe. */
final class CacheNode implements Running {

    /** How long gateways take to see that a node has left the ring. */
    private static final Duration NEWS = Duration.ofMillis(500);

    private final Vertx vertx;
    private final HazelcastMembership membership;
    private final CachingRegistry cache;
    private final Doors doors;
    private final Duration patience;

    private CacheNode(
            Vertx vertx, HazelcastMembership membership, CachingRegistry cache, Doors doors, Duration patience) {
        this.vertx = vertx;
        this.membership = membership;
        this.cache = cache;
        this.doors = doors;
        this.patience = patience;
    }

    /** Starts a node; fails with a message for the operator. */
    static Future<CacheNode> start(Vertx vertx, Settings settings) {
        ClusterSettings cluster = Objects.requireNonNull(settings.cluster());
        Node self = new Node(
                Objects.requireNonNull(cluster.advertise()), Optional.ofNullable(cluster.publicUrl()), 1);
        return HazelcastMembership.node(vertx, cluster, self).compose(membership -> open(
                        vertx, settings, cluster, membership, self)
                .recover(failure -> membership.close().transform(closed -> Future.failedFuture(failure))));
    }

    private static Future<CacheNode> open(
            Vertx vertx, Settings settings, ClusterSettings cluster, HazelcastMembership membership, Node self) {
        Clock clock = Clock.systemUTC();
        Upstreams upstreams = Upstreams.of(vertx, settings.upstreams().values(), ProxyEnvironment.of(System.getenv()));
        Hops hops = new Hops(vertx, cluster, clock);
        Tiers tiers = Tiers.of(membership, self, hops::to);
        return vertx.executeBlocking(() -> CachingRegistry.open(
                        vertx, settings.storage(), settings.upstreams(), upstreams, tiers, clock))
                .compose(cache -> serve(vertx, settings, membership, hops, cache, clock)
                        .recover(failure -> cache.close().transform(closed -> Future.failedFuture(failure))));
    }

    private static Future<CacheNode> serve(
            Vertx vertx, Settings settings, HazelcastMembership membership, Hops hops, CachingRegistry cache, Clock clock) {
        return Doors.open(vertx, settings, cache, hops.door(), List.of(new Check("storage", cache::problem)), clock)
                .map(doors -> new CacheNode(vertx, membership, cache, doors, settings.drainTimeout()));
    }

    @Override
    public Doors doors() {
        return doors;
    }

    /** Out of the rings first; then the bodies under way finish, and what the bucket lacks is uploaded. */
    @Override
    public Future<Void> drain() {
        return membership
                .leave()
                .eventually(() -> vertx.timer(NEWS.toMillis(), TimeUnit.MILLISECONDS))
                .eventually(() -> doors.registry().drain(patience))
                .eventually(() -> cache.flush(patience))
                .eventually(cache::close)
                .eventually(membership::close)
                .eventually(doors.ops()::close);
    }
}
