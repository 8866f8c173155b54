package dev.longshore.cli;

import dev.longshore.cache.Bucket;
import dev.longshore.cache.Tiers;
import dev.longshore.cluster.Avoided;
import dev.longshore.cluster.ClusterKeys;
import dev.longshore.cluster.ClusterMeters;
import dev.longshore.cluster.HazelcastMembership;
import dev.longshore.cluster.Membership;
import dev.longshore.cluster.Node;
import dev.longshore.config.ClusterSettings;
import dev.longshore.config.Settings;
import dev.longshore.http.OpsServer.Check;
import dev.longshore.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One member of the cache tier, wired together: it answers gateways and other nodes only. Thread-safe. */
final class CacheNode implements Running {

    /** How long gateways take to see that a node has left the ring. */
    private static final Duration NEWS = Duration.ofMillis(500);

    /** How many of the other owners may have a blob from before the ring changed. */
    private static final int OWNERS = 2;

    private final Vertx vertx;
    private final HazelcastMembership membership;
    private final Storage storage;
    private final Doors doors;
    private final Duration patience;

    private CacheNode(Vertx vertx, HazelcastMembership membership, Storage storage, Doors doors, Duration patience) {
        this.vertx = vertx;
        this.membership = membership;
        this.storage = storage;
        this.doors = doors;
        this.patience = patience;
    }

    /** Starts a node: it joins last, since from then on it is asked. Fails with a message for the operator. */
    static Future<CacheNode> start(Vertx vertx, Settings settings) {
        ClusterSettings cluster = Objects.requireNonNull(settings.cluster());
        Node self = new Node(
                Objects.requireNonNull(cluster.advertise()),
                PodAddress.of(settings),
                Optional.ofNullable(cluster.publicUrl()),
                1);
        Ground ground = Ground.of(vertx, settings);
        ClusterKeys keys = new ClusterKeys(new ClusterSecret(vertx, cluster.secrets()));
        Avoided avoided = new Avoided();
        HazelcastMembership membership = HazelcastMembership.node(vertx, cluster, keys, avoided, self);
        Hops hops = new Hops(vertx, keys, avoided, membership, ground.clock());
        return Storage.open(ground, bucket -> tiers(bucket, membership, self, hops))
                .compose(storage -> serve(ground, membership, hops, storage, self)
                        .compose(node -> membership.join().map(node))
                        .onSuccess(node -> storage.keepHouse(() -> isFirst(membership, self)))
                        .recover(failure ->
                                storage.close(Duration.ZERO).transform(closed -> Future.failedFuture(failure))))
                .recover(failure -> membership.close().transform(closed -> Future.failedFuture(failure)));
    }

    private static Tiers tiers(Optional<Bucket> bucket, HazelcastMembership membership, Node self, Hops hops) {
        return new Tiers(bucket, membership.leases(), digest -> peers(membership, hops, digest, self), hops::to);
    }

    /** Who is leaving has what it owned until now; then those who may have a blob from before somebody else came. */
    private static List<Node> peers(HazelcastMembership membership, Hops hops, Digest digest, Node self) {
        Stream<Node> owners = membership.ring().owners(digest).stream()
                .filter(owner -> !owner.equals(self))
                .limit(OWNERS);
        List<Node> others = Stream.concat(membership.leaving().stream(), owners)
                .filter(node -> !node.equals(self) && !hops.avoided().has(node))
                .toList();
        return hops.health().surest(others);
    }

    private static Future<CacheNode> serve(
            Ground ground, HazelcastMembership membership, Hops hops, Storage storage, Node self) {
        ClusterMeters.bindNode(membership, ground.meters().registry());
        membership.follow(storage.cache()::purge, () -> {});
        Fleet fleet = new Fleet(membership, hops);
        String role = ground.settings().role().toString();
        Admin admin = new Admin(
                ground,
                Optional.empty(),
                () -> fleet.status().map(nodes -> Status.of(role, nodes, Figures.NONE)),
                fleet::purge);
        NodeAdmin inner = new NodeAdmin(storage, ground.meters().registry(), ground.clock());
        List<Check> checks = Stream.of(storage.checks(), ClusterChecks.node(membership, self))
                .flatMap(List::stream)
                .toList();
        return Doors.open(ground, storage.cache(), hops.door(), checks, admin, inner)
                .map(doors -> new CacheNode(
                        ground.vertx(),
                        membership,
                        storage,
                        doors,
                        ground.settings().drainTimeout()));
    }

    /** Elected without a vote: in a cluster that is split in two there are two of them, which does no harm. */
    private static boolean isFirst(Membership membership, Node self) {
        return membership.ring().nodes().indexOf(self) == 0;
    }

    @Override
    public Doors doors() {
        return doors;
    }

    /**
     * Out of the rings first. Then the others may still ask for what only this node has, until that is in the bucket; the
     * bodies under way finish, and what came late is uploaded.
     */
    @Override
    public Future<Void> drain() {
        long deadline = System.nanoTime() + patience.toNanos();
        return membership
                .leave()
                .eventually(() -> vertx.timer(NEWS.toMillis(), TimeUnit.MILLISECONDS))
                // Others find the fills of this node by their leases, and read them here: nobody is to fetch them
                // again.
                .eventually(() -> storage.filled(Running.until(deadline).minus(LAST)))
                .eventually(() -> storage.flush(Running.until(deadline).minus(LAST)))
                .eventually(() -> doors.registry().drain(Running.until(deadline)))
                .eventually(() -> storage.close(Running.until(deadline).plus(LAST)))
                .eventually(membership::close)
                .eventually(doors.ops()::close);
    }
}
