package dev.longshore.gateway;

import dev.longshore.cluster.Node;
import dev.longshore.oci.Digest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many bodies of each blob are under way from each node, so that no node carries alone what many want at once:
 * consistent hashing with bounded loads. A blob that few want stays with its owner. Source: Mirrokni, Thorup,
 * Zadimoghaddam, "Consistent Hashing with Bounded Loads". Thread-safe.
 */
final class HotBlobs {

    /** With fewer bodies under way the copies on other nodes are not worth their bytes. */
    private static final int HOT = 8;

    /** How much more than its share a node may carry; less than the quarter that is promised, since bodies differ. */
    private static final double SLACK = 1.2;

    private static final int REMEMBERED = 10_000;

    private final Map<Digest, Bodies> blobs = new ConcurrentHashMap<>();

    /** What has been served before. A blob that is just being fetched stays with its owner, which fetches it. */
    private final Set<Digest> served = Collections.newSetFromMap(Collections.synchronizedMap(new Recent()));

    /** The latest, and no more of them. */
    private static final class Recent extends LinkedHashMap<Digest, Boolean> {

        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    }

    /** The bodies of one blob. Changed only within the map's {@code compute}. */
    private record Bodies(Map<Node, Integer> byNode) {

        int total() {
            return byNode.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    /** The owners in order, beginning with the first that may carry one more body of {@code digest}. */
    List<Node> order(Digest digest, List<Node> owners) {
        List<Node> order = new ArrayList<>(owners);
        blobs.computeIfPresent(digest, (same, bodies) -> {
            int total = bodies.total();
            if (total >= HOT && served.contains(digest)) {
                double weights = owners.stream().mapToDouble(Node::weight).sum();
                owners.stream()
                        .filter(node -> bodies.byNode.getOrDefault(node, 0) + 1
                                <= SLACK * (total + 1) * node.weight() / weights)
                        .findFirst()
                        .ifPresent(chosen -> {
                            order.remove(chosen);
                            order.add(0, chosen);
                        });
            }
            return bodies;
        });
        return order;
    }

    /** Counts a body; who begins it calls {@link #ended}, once. */
    void began(Digest digest, Node node) {
        blobs.compute(digest, (same, known) -> {
            Bodies bodies = known == null ? new Bodies(new HashMap<>()) : known;
            bodies.byNode.merge(node, 1, Integer::sum);
            return bodies;
        });
    }

    void ended(Digest digest, Node node) {
        served.add(digest);
        blobs.computeIfPresent(digest, (same, bodies) -> {
            bodies.byNode.computeIfPresent(node, (which, count) -> count == 1 ? null : count - 1);
            return bodies.byNode.isEmpty() ? null : bodies;
        });
    }
}
