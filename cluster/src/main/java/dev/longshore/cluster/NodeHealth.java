package dev.longshore.cluster;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Which nodes are alive, learnt from the pulls themselves. Nobody is probed while nobody is kept waiting, nor who is heard
 * elsewhere: a busy node may leave a ping lying, and would be busier still if everybody left it for the others. Thread-safe.
 */
public final class NodeHealth {

    /** A word of this age is as good as the answer to a ping. */
    private static final long HEARD_NANOS = Duration.ofSeconds(1).toNanos();

    /** For so long it is believed that who was silent still is. */
    private static final long SILENT_NANOS = Duration.ofSeconds(5).toNanos();

    private static final int PINGS = 3;

    /** A ping is over after 0.8 s; when its end is seen so much later, others are not to blame. */
    private static final long LATE_NANOS = Duration.ofMillis(1200).toNanos();

    private final Supplier<List<Node>> nodes;
    private final Function<Node, Future<Void>> ping;
    private final Avoided avoided;
    private final LongSupplier nanoTime;
    private final Map<Node, Long> heardAt = new ConcurrentHashMap<>();
    private final Map<Node, Long> silentAt = new ConcurrentHashMap<>();
    private final Map<Node, Future<Boolean>> probes = new ConcurrentHashMap<>();
    private final Set<Node> suspected = ConcurrentHashMap.newKeySet();

    /**
     * Over {@code nodes}, as they are at the moment.
     *
     * @param ping fails, within a second, when a node does not answer
     */
    public NodeHealth(Supplier<List<Node>> nodes, Function<Node, Future<Void>> ping, Avoided avoided) {
        this(nodes, ping, avoided, System::nanoTime);
    }

    /** @param nanoTime as {@link System#nanoTime} */
    NodeHealth(Supplier<List<Node>> nodes, Function<Node, Future<Void>> ping, Avoided avoided, LongSupplier nanoTime) {
        this.nodes = nodes;
        this.ping = ping;
        this.avoided = avoided;
        this.nanoTime = nanoTime;
    }

    /** The same nodes, those that are better avoided last. */
    public List<Node> preferred(List<Node> nodes) {
        return avoided.last(nodes);
    }

    /**
     * The same nodes for whoever has lost one already and cannot wait for another: those that leave a ping lying come after
     * all others but the avoided. Nobody else leaves them for that.
     */
    public List<Node> surest(List<Node> nodes) {
        Set<Node> suspects = Set.copyOf(suspected);
        return preferred(
                nodes.stream().sorted(Comparator.comparing(suspects::contains)).toList());
    }

    /** Notes that {@code node} could not be reached, or fell silent. */
    public void failed(Node node, Throwable cause) {
        avoided.failed(node, cause);
    }

    /** Notes that {@code node} has just said something, to whomever. */
    void heard(Node node) {
        heardAt.put(node, nanoTime.getAsLong());
    }

    /**
     * Whether {@code node} has failed lately or does not answer now, whatever it said a moment ago. One that answers, and
     * broke off, had a reason of its own.
     */
    public Future<Boolean> isLost(Node node) {
        return avoided.has(node) ? Future.succeededFuture(true) : probe(node);
    }

    /**
     * Whether nobody hears {@code node}, and it answers no ping. Others may have fallen silent with it: they are found out
     * at the same time, and not one after the other by whoever goes on to them.
     */
    Future<Boolean> isSilent(Node node) {
        long lately = nanoTime.getAsLong() - HEARD_NANOS;
        if (isHeardSince(node, lately)) {
            return Future.succeededFuture(false);
        }
        if (isKnownToBeSilent(node)) {
            return Future.succeededFuture(true);
        }
        Future<Boolean> silent = probe(node);
        Future<?> others = Future.join(probeWhoIsNotHeardSince(lately));
        return silent.compose(is -> is ? others.map(true) : silent);
    }

    /** Who was found silent a moment ago, and has said nothing since, is not waited for by each body anew. */
    private boolean isKnownToBeSilent(Node node) {
        Long since = silentAt.get(node);
        return since != null
                && nanoTime.getAsLong() - since < SILENT_NANOS
                && avoided.has(node)
                && !isHeardSince(node, since);
    }

    private List<Future<Boolean>> probeWhoIsNotHeardSince(long nanoTime) {
        return nodes.get().stream()
                .filter(node -> !avoided.has(node) && !isHeardSince(node, nanoTime))
                .map(this::probe)
                .toList();
    }

    /**
     * Whether {@code node} answers none of three pings: a busy machine loses some. Everyone who waits for it shares them,
     * whatever their contexts. When this process itself is late to see that one is over, it cannot tell: nobody is left for
     * that, and another one is sent in its place. Who is silent is avoided.
     */
    private Future<Boolean> probe(Node node) {
        Promise<Boolean> fresh = Promise.promise();
        Future<Boolean> probe = probes.putIfAbsent(node, fresh.future());
        if (probe != null) {
            return probe;
        }
        unanswered(node, PINGS).onSuccess(silent -> {
            if (silent) {
                silentAt.put(node, nanoTime.getAsLong());
                failed(node, new NodeFailure(node, "answers no ping", null));
            }
            suspected.remove(node);
            probes.remove(node);
            fresh.complete(silent);
        });
        return fresh.future();
    }

    private Future<Boolean> unanswered(Node node, int pings) {
        long asked = nanoTime.getAsLong();
        return ping.apply(node).onSuccess(answer -> heard(node)).transform(answer -> {
            if (isHeardSince(node, asked)) {
                return Future.succeededFuture(false);
            }
            if (nanoTime.getAsLong() - asked > LATE_NANOS) {
                return unanswered(node, pings);
            }
            if (pings == 1) {
                return Future.succeededFuture(true);
            }
            suspected.add(node);
            probeWhoIsNotHeardSince(asked);
            return unanswered(node, pings - 1);
        });
    }

    private boolean isHeardSince(Node node, long nanoTime) {
        Long heard = heardAt.get(node);
        return heard != null && heard - nanoTime >= 0;
    }
}
