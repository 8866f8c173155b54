package dev.longshore.cli;

import dev.longshore.access.GuardedRegistry;
import dev.longshore.access.MemoryRegistry;
import dev.longshore.cluster.Avoided;
import dev.longshore.cluster.ClusterKeys;
import dev.longshore.cluster.ClusterMeters;
import dev.longshore.cluster.HazelcastMembership;
import dev.longshore.cluster.Membership;
import dev.longshore.config.BlobDelivery;
import dev.longshore.config.ClusterSettings;
import dev.longshore.config.Settings;
import dev.longshore.gateway.AdmittingRegistry;
import dev.longshore.gateway.GatewayMeters;
import dev.longshore.gateway.RedirectingRegistry;
import dev.longshore.gateway.RoutingRegistry;
import dev.longshore.http.Door;
import dev.longshore.http.RegistryServer;
import dev.longshore.oci.Registry;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** A front door of the cluster, wired together: it keeps nothing, and knows which node does. Thread-safe. */
final class Gateway implements Running {

    /** Of the heap: what waits for a slow client, and as much again for everything else. */
    private static final int BODY_BYTES = 2 << 20;

    private final Membership membership;
    private final Doors doors;
    private final Duration patience;

    private Gateway(Membership membership, Doors doors, Duration patience) {
        this.membership = membership;
        this.doors = doors;
        this.patience = patience;
    }

    /** Starts a gateway, whether or not a node is there yet; fails with a message for the operator. */
    static Future<Gateway> start(Vertx vertx, Settings settings) {
        ClusterSettings cluster = Objects.requireNonNull(settings.cluster());
        Ground ground = Ground.of(vertx, settings);
        ClusterKeys keys = new ClusterKeys(new ClusterSecret(vertx, cluster.secrets()));
        return HazelcastMembership.gateway(vertx, cluster, keys)
                .join()
                .compose(membership -> serve(
                                ground, membership, new Hops(vertx, keys, new Avoided(), membership, ground.clock()))
                        .recover(failure -> membership.close().transform(closed -> Future.failedFuture(failure))));
    }

    private static Future<Gateway> serve(Ground ground, HazelcastMembership membership, Hops hops) {
        Settings settings = ground.settings();
        MeterRegistry meters = ground.meters().registry();
        ClusterMeters.bind(membership, meters);
        long memory = Runtime.getRuntime().maxMemory();
        Registry routed =
                new RoutingRegistry(ground.vertx(), membership, hops::to, hops.health(), new GatewayMeters(meters));
        Registry admitted = new AdmittingRegistry(routed, (int) (memory / BODY_BYTES));
        Registry delivered = settings.blobDelivery() == BlobDelivery.REDIRECT
                ? new RedirectingRegistry(admitted, membership, hops.urls())
                : admitted;
        MemoryRegistry remembered = new MemoryRegistry(delivered, ground.clock(), memory / 8);
        Registry guarded = new GuardedRegistry(remembered, settings::serves);
        membership.follow(remembered::purge, remembered::clear);
        Fleet fleet = new Fleet(membership, hops);
        Admin admin = new Admin(
                ground,
                Optional.of(new GuardedRegistry(routed, settings::serves)),
                () -> fleet.status().map(nodes -> Status.of(settings.role().toString(), nodes, fromMemory(meters))),
                purge -> fleet.purge(purge).onSuccess(purged -> remembered.purge(purge)));
        return Doors.open(ground, guarded, Door.OPEN, ClusterChecks.gateway(membership), admin, RegistryServer.NOBODY)
                .map(doors -> new Gateway(membership, doors, settings.drainTimeout()));
    }

    /** What nodes never hear of. */
    private static Figures fromMemory(MeterRegistry meters) {
        return Figures.of(meters, "memory"::equals);
    }

    @Override
    public Doors doors() {
        return doors;
    }

    /** Takes no more pulls, and lets the bodies under way finish. */
    @Override
    public Future<Void> drain() {
        return doors.registry().drain(patience).eventually(membership::close).eventually(doors.ops()::close);
    }
}
