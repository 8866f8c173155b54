package dev.longshore.cluster;

import com.hazelcast.cluster.InitialMembershipEvent;
import com.hazelcast.cluster.InitialMembershipListener;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.core.LifecycleListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is seen of the cluster's nodes. Whoever drains is off the ring at once; when nobody would be left on it, those stay
 * who were on it lately: they may be back under their old address, or be seen no more only from here. Thread-safe.
 */
final class ClusterView implements InitialMembershipListener {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterView.class);
    private static final Duration LATELY = Duration.ofHours(1);

    private final ClusterKeys keys;
    private final LongSupplier nanoTime;
    private final Set<String> drained = new HashSet<>();
    private final Map<Node, Long> lastOnRing = new LinkedHashMap<>();
    private final Set<Member> strangers = ConcurrentHashMap.newKeySet();
    private volatile Map<String, String> signatures = Map.of();
    private volatile Map<String, Node> processes = Map.of();
    private volatile Ring ring = Ring.EMPTY;
    private volatile List<Node> leaving = List.of();
    private volatile boolean connected;

    /** @param nanoTime as {@link System#nanoTime} */
    ClusterView(ClusterKeys keys, LongSupplier nanoTime) {
        this.keys = keys;
        this.nanoTime = nanoTime;
    }

    Ring ring() {
        return ring;
    }

    /** Those who drain and are still there. */
    List<Node> leaving() {
        return leaving;
    }

    /** The node whose present life is {@code process}, also while it drains. */
    Optional<Node> node(String process) {
        return Optional.ofNullable(processes.get(process));
    }

    /** Whether what is seen is what is now. */
    boolean connected() {
        return connected;
    }

    /** What follows the connection to the cluster. */
    LifecycleListener connection() {
        return event -> {
            switch (event.getState()) {
                case CLIENT_CONNECTED -> connected = true;
                case CLIENT_DISCONNECTED, SHUTTING_DOWN, SHUTDOWN -> connected = false;
                default -> {}
            }
        };
    }

    /** Somebody is seen already: a node sees itself at least. */
    @Override
    public void init(InitialMembershipEvent event) {
        connected |= !event.getMembers().isEmpty();
        see(event.getMembers());
    }

    @Override
    public void memberAdded(MembershipEvent event) {
        see(event.getMembers());
    }

    @Override
    public void memberRemoved(MembershipEvent event) {
        see(event.getMembers());
    }

    void see(Collection<Member> members) {
        strangers.retainAll(members);
        announced(members.stream().map(this::read).flatMap(Optional::stream).toList());
    }

    private Optional<Announcement> read(Member member) {
        Optional<Announcement> announcement = Announcement.read(member.getAttributes(), signatures, keys);
        if (announcement.isPresent()) {
            strangers.remove(member);
        } else if (!signatures.isEmpty() && strangers.add(member)) {
            // Before the first reading, whoever was here before the keys changed looks like one.
            LOG.warn("{} has not signed with a key of this cluster: it is not on the ring", member.getAddress());
        }
        return announcement;
    }

    /** How the processes sign by now: keys change while nodes run. */
    void signed(Map<String, String> latest) {
        signatures = Map.copyOf(latest);
    }

    /** From now on these are the nodes. */
    synchronized void announced(List<Announcement> announcements) {
        Map<String, Node> now = new HashMap<>();
        announcements.forEach(announcement -> now.put(announcement.process(), announcement.node()));
        processes = Map.copyOf(now);
        publish();
    }

    /** The node whose life is {@code process} takes no more pulls. A process that has drained never comes back. */
    synchronized void drained(String process, String farewell) {
        if (!drained.contains(process) && Announcement.isFarewell(process, farewell, keys)) {
            drained.add(process);
            publish();
        }
    }

    private void publish() {
        long now = nanoTime.getAsLong();
        ring.nodes().forEach(node -> lastOnRing.put(node, now));
        lastOnRing.values().removeIf(then -> now - then > LATELY.toNanos());
        Map<String, Node> taking = new HashMap<>();
        List<Node> draining = new ArrayList<>();
        processes.forEach((process, node) -> {
            if (drained.contains(process)) {
                draining.add(node);
            } else {
                taking.put(node.name(), node);
            }
        });
        leaving = List.copyOf(draining);
        if (taking.isEmpty()) {
            lastOnRing.keySet().forEach(node -> taking.put(node.name(), node));
        }
        Ring next = Ring.of(taking.values());
        if (!next.nodes().equals(ring.nodes())) {
            LOG.info(
                    "nodes on the ring: {}",
                    next.nodes().stream().map(Node::name).toList());
            ring = next;
        }
    }
}
