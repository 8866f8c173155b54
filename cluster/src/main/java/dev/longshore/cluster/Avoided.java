package dev.longshore.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which nodes are better not asked for a few seconds: those that could not be reached, or fell silent. What a process has
 * found out itself it tells with each hop, so that a node that is asked instead need not find out once more; what it was
 * told it does not tell on, since that would go round for ever. Thread-safe.
 */
public final class Avoided {

    private static final Logger log = LoggerFactory.getLogger(Avoided.class);
    private static final Duration FOR = Duration.ofSeconds(5);

    /** By names, of nodes that failed here, and of those that others said so of. */
    private final Map<String, Long> failedAt = new ConcurrentHashMap<>();

    private final Map<String, Long> toldAt = new ConcurrentHashMap<>();

    /** The same nodes, those that are better avoided last. */
    public List<Node> last(List<Node> nodes) {
        if (failedAt.isEmpty() && toldAt.isEmpty()) {
            return nodes;
        }
        List<Node> order = new ArrayList<>(nodes);
        order.removeIf(this::has);
        nodes.stream().filter(node -> !order.contains(node)).forEach(order::add);
        return order;
    }

    /** Whether {@code node} is better not asked now. */
    public boolean has(Node node) {
        return isLately(failedAt, node.name()) || isLately(toldAt, node.name());
    }

    private static boolean isLately(Map<String, Long> times, String name) {
        Long since = times.get(name);
        if (since != null && System.nanoTime() - since > FOR.toNanos()) {
            times.remove(name, since);
            return false;
        }
        return since != null;
    }

    /** Notes that {@code node} could not be reached, or fell silent. */
    void failed(Node node, Throwable cause) {
        if (failedAt.put(node.name(), System.nanoTime()) == null) {
            log.warn("{} is avoided for {} s: {}", node.name(), FOR.toSeconds(), cause.getMessage());
        }
    }

    /** What others are told: names with commas between them; empty when there is nothing to tell. */
    String news() {
        return failedAt.isEmpty()
                ? ""
                : String.join(
                        ",",
                        failedAt.keySet().stream()
                                .filter(name -> isLately(failedAt, name))
                                .toList());
    }

    /** Notes what another process has found out. */
    void told(String news) {
        long now = System.nanoTime();
        toldAt.values().removeIf(since -> now - since > FOR.toNanos());
        for (String name : news.split(",", -1)) {
            toldAt.put(name, now);
        }
    }
}
