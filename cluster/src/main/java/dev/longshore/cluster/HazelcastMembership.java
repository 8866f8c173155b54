package dev.longshore.cluster;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryAddedListener;
import dev.longshore.config.ClusterSettings;
import dev.longshore.oci.Purge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster by Hazelcast. Nodes are its members, so that they notice each other's loss and share the leases; gateways
 * are its clients, so that they come and go without disturbing anybody. No call of Hazelcast is made on an event loop.
 * Thread-safe.
 */
public final class HazelcastMembership implements Membership {

    private static final Logger LOG = LoggerFactory.getLogger(HazelcastMembership.class);
    private static final Duration FAREWELL = Duration.ofSeconds(2);
    private static final Duration READING = Duration.ofSeconds(2);
    private static final Duration TELLING = Duration.ofSeconds(2);
    private static final Duration LOOKING = Duration.ofSeconds(5);
    private static final int WORKERS = 8;

    /** How long Hazelcast waits for an answer that was lost in a split; nobody else does, so that it is no news. */
    private static final Duration LOST = Duration.ofMinutes(3);

    private static final Duration READING_AT_MOST = Duration.ofSeconds(20);

    private final Vertx vertx;
    private final WorkerExecutor workers;
    private final ClusterView view;
    private final Optional<Self> self;
    private final PurgeNews purges;
    private final Unseen unseen;
    private final Callable<HazelcastInstance> starter;
    private final AtomicBoolean learning = new AtomicBoolean();
    private final AtomicBoolean looking = new AtomicBoolean();
    private final List<Long> timers;
    private volatile Optional<HazelcastInstance> joined = Optional.empty();
    private volatile boolean listening;
    private volatile Runnable returned = () -> {};

    private HazelcastMembership(
            Vertx vertx,
            ClusterView view,
            ClusterKeys keys,
            Avoided avoided,
            Optional<Announcement> announcement,
            ClusterSettings settings,
            Callable<HazelcastInstance> starter) {
        this.vertx = vertx;
        this.workers =
                vertx.createSharedWorkerExecutor("longshore-cluster", WORKERS, LOST.toNanos(), TimeUnit.NANOSECONDS);
        this.view = view;
        this.self = announcement.map(said -> new Self(said, keys, leases(said, avoided)));
        this.purges = new PurgeNews(keys);
        this.unseen = new Unseen(settings);
        this.starter = starter;
        this.timers = List.of(
                vertx.setPeriodic(READING.toMillis(), tick -> learnNews()),
                vertx.setPeriodic(LOOKING.toMillis(), tick -> lookForOthers()));
    }

    private HazelcastLeases leases(Announcement self, Avoided avoided) {
        return new HazelcastLeases(
                vertx,
                workers,
                () -> hazelcast().getMap(HazelcastSettings.LEASES),
                self.process(),
                process -> view.node(process).filter(node -> !avoided.has(node)));
    }

    /**
     * As {@code node}, which nobody knows of before it joins.
     *
     * @param keys may change meanwhile
     * @param avoided whose leases are of no use now
     */
    public static HazelcastMembership node(
            Vertx vertx, ClusterSettings settings, ClusterKeys keys, Avoided avoided, Node node) {
        ClusterView view = new ClusterView(keys, System::nanoTime);
        Announcement announcement = new Announcement(node, UUID.randomUUID().toString());
        return new HazelcastMembership(vertx, view, keys, avoided, Optional.of(announcement), settings, () -> {
            Config config = HazelcastSettings.member(settings, announcement.attributes(keys));
            config.addListenerConfig(new ListenerConfig(view.connection()));
            return Hazelcast.newHazelcastInstance(config);
        });
    }

    /**
     * Looking on from outside.
     *
     * @param keys may change meanwhile
     */
    public static HazelcastMembership gateway(Vertx vertx, ClusterSettings settings, ClusterKeys keys) {
        ClusterView view = new ClusterView(keys, System::nanoTime);
        return new HazelcastMembership(vertx, view, keys, new Avoided(), Optional.empty(), settings, () -> {
            ClientConfig config = HazelcastSettings.client(settings);
            config.addListenerConfig(new ListenerConfig(view.connection()));
            return HazelcastClient.newHazelcastClient(config);
        });
    }

    /**
     * Joins the cluster, or begins it when nobody else is found; fails when it is not let in. From then on a node is asked
     * for what it owns. A gateway has joined once its search for the cluster has begun, whether or not a node is there:
     * see {@link #connected()}.
     */
    public Future<HazelcastMembership> join() {
        return workers.executeBlocking(this::joinNow, false);
    }

    private HazelcastMembership joinNow() throws Exception {
        HazelcastInstance hazelcast = starter.call();
        joined = Optional.of(hazelcast);
        self.ifPresent(me -> me.leases.begin());
        hazelcast.getLifecycleService().addLifecycleListener(this::changed);
        hazelcast.getCluster().addMembershipListener(view);
        learnNews();
        return this;
    }

    private HazelcastInstance hazelcast() {
        return joined.orElseThrow(() -> new IllegalStateException("not in the cluster yet"));
    }

    private void changed(LifecycleEvent event) {
        if (event.getState() == LifecycleState.MERGED) {
            view.see(hazelcast().getCluster().getMembers());
        }
        if (event.getState() == LifecycleState.MERGED || event.getState() == LifecycleState.CLIENT_CONNECTED) {
            returned.run();
            learnNews();
        }
    }

    /**
     * Events tell of a farewell at once, but not to whom is just joining or was away: so they are read now and then too,
     * and who signs how with them. One reading at a time: a frozen node holds it up.
     */
    private void learnNews() {
        if (view.connected() && learning.compareAndSet(false, true)) {
            workers.executeBlocking(this::readNews, false)
                    .timeout(READING_AT_MOST.toMillis(), TimeUnit.MILLISECONDS)
                    .onFailure(failure ->
                            LOG.warn("what the nodes say of themselves is not known: {}", failure.toString()))
                    .onComplete(end -> learning.set(false));
        }
    }

    /** Blocks. */
    boolean readNews() {
        HazelcastInstance hazelcast = hazelcast();
        IMap<String, String> draining = hazelcast.getMap(HazelcastSettings.DRAINING);
        IMap<String, String> purged = hazelcast.getMap(HazelcastSettings.PURGES);
        if (!listening) {
            draining.addEntryListener((EntryAddedListener<String, String>) this::drained, true);
            purged.addEntryListener(
                    (EntryAddedListener<String, String>) added -> purges.heard(added.getKey(), added.getValue()), true);
            listening = true;
        }
        draining.forEach(view::drained);
        Map<String, String> lately = new HashMap<>();
        purged.forEach(lately::put);
        purges.keep(lately);
        IMap<String, String> signatures = hazelcast.getMap(HazelcastSettings.SIGNATURES);
        self.ifPresent(me -> signatures.set(me.announcement.process(), me.announcement.signature(me.keys)));
        Map<String, String> latest = new HashMap<>();
        signatures.forEach(latest::put);
        view.signed(latest);
        view.see(hazelcast.getCluster().getMembers());
        return listening;
    }

    private void lookForOthers() {
        if (joined.isPresent() && looking.compareAndSet(false, true)) {
            workers.executeBlocking(() -> unseen.look(membersNow()), false)
                    .onSuccess(news -> news.ifPresent(LOG::warn))
                    .onComplete(end -> looking.set(false));
        }
    }

    private Set<Address> membersNow() {
        return connected()
                ? hazelcast().getCluster().getMembers().stream()
                        .map(Member::getAddress)
                        .collect(Collectors.toSet())
                : Set.of();
    }

    private void drained(EntryEvent<String, String> event) {
        view.drained(event.getKey(), event.getValue());
    }

    @Override
    public Ring ring() {
        return view.ring();
    }

    /** The nodes that take no more pulls, and are still there with what they have. */
    public List<Node> leaving() {
        return view.leaving();
    }

    /** For a node: whether Hazelcast runs. It may be that it sees nobody but itself. */
    @Override
    public boolean connected() {
        return view.connected();
    }

    /** Whom the settings name and this process does not find in its cluster; for a person. */
    public List<String> unseen() {
        return unseen.places();
    }

    /**
     * Tells {@code purged} of each purge that somebody else announces: at once, or later when this process was away; so it
     * may be told of one twice. On a thread that must not be held up.
     *
     * @param returned what is done when this process was away, whatever it missed
     */
    public void follow(Consumer<Purge> purged, Runnable returned) {
        this.returned = returned;
        purges.follow(purged);
        learnNews();
    }

    /** Tells everybody else in the cluster; who is away hears of it for a day. Fails when nobody can be told now. */
    public Future<Void> announce(Purge purge) {
        String name = UUID.randomUUID().toString();
        return workers.executeBlocking(
                        () -> {
                            hazelcast()
                                    .<String, String>getMap(HazelcastSettings.PURGES)
                                    .set(name, purges.tell(name, purge));
                            return name;
                        },
                        false)
                .timeout(TELLING.toMillis(), TimeUnit.MILLISECONDS)
                .mapEmpty();
    }

    /** Who fetches what; a gateway fetches nothing. */
    public FillLeases leases() {
        return self.<FillLeases>map(Self::leases).orElse(FillLeases.none());
    }

    /** Fetches that went on because nobody could say in time whether another node is at it. */
    public long leaseTimeouts() {
        return self.map(me -> me.leases().timeouts()).orElse(0L);
    }

    /** Never fails, and takes two seconds at most; whoever has not heard by then is told by each answer. */
    @Override
    public Future<Void> leave() {
        return joined.flatMap(hazelcast -> self).map(this::sayFarewell).orElseGet(Future::succeededFuture);
    }

    private Future<Void> sayFarewell(Self me) {
        String process = me.announcement.process();
        String farewell = Announcement.farewell(process, me.keys);
        view.drained(process, farewell);
        return workers.executeBlocking(
                        () -> {
                            hazelcast()
                                    .<String, String>getMap(HazelcastSettings.DRAINING)
                                    .set(process, farewell);
                            return me;
                        },
                        false)
                .timeout(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(failure -> LOG.warn("not everybody may know that this node drains: {}", failure.toString()))
                .otherwiseEmpty()
                .mapEmpty();
    }

    @Override
    public Future<Void> close() {
        timers.forEach(vertx::cancelTimer);
        self.ifPresent(me -> me.leases().close());
        return workers.executeBlocking(
                        () -> {
                            joined.ifPresent(HazelcastInstance::shutdown);
                            return joined;
                        },
                        false)
                .eventually(workers::close)
                .mapEmpty();
    }

    /** What a node has and a gateway has not. */
    private record Self(Announcement announcement, ClusterKeys keys, HazelcastLeases leases) {}
}
