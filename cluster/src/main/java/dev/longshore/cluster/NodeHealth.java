package dev.longshore.cluster;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Which nodes are alive, learnt from the pulls themselves. Nobody is probed who does not keep somebody waiting, or who is
 * heard elsewhere: a busy node may leave a ping lying, and would be busier still if everybody left it for the others.
 * Thread-safe.
 */
public final class NodeHealth {

    /** A word of this age is as good as the answer to a ping. */
    private static final long HEARD_NANOS = Duration.ofSeconds(1).toNanos();

    private static final int PINGS = 3;

    /** A ping is over after 0.8 s; when its end is seen so much later, others are not to blame. */
    private static final long LATE_NANOS = Duration.ofMillis(1200).toNanos();

    private final Function<Node, Future<Void>> ping;
    private final Avoided avoided;
    private final LongSupplier nanoTime;
    private final Map<Node, Long> heardAt = new ConcurrentHashMap<>();
    private final Map<Node, Future<Boolean>> probes = new ConcurrentHashMap<>();

    /** @param ping fails, within a second, when a node does not answer */
    public NodeHealth(Function<Node, Future<Void>> ping, Avoided avoided) {
        this(ping, avoided, System::nanoTime);
    }

    /** @param nanoTime as {@link System#nanoTime} */
    NodeHealth(Function<Node, Future<Void>> ping, Avoided avoided, LongSupplier nanoTime) {
        this.ping = ping;
        this.avoided = avoided;
        this.nanoTime = nanoTime;
    }

    /** The same nodes, those that are better avoided last. */
    public List<Node> preferred(List<Node> nodes) {
        return avoided.last(nodes);
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

    /** Whether nobody hears {@code node}, and it answers no ping. */
    Future<Boolean> isSilent(Node node) {
        return isHeardSince(node, nanoTime.getAsLong() - HEARD_NANOS) ? Future.succeededFuture(false) : probe(node);
    }

    /**
     * Whether {@code node} answers none of three pings: a busy machine loses some. Everyone who waits for it shares them,
     * whatever their contexts. When this process itself is late to see that one is over, it cannot tell: nobody is left for
     * that, and another one is sent in its place.
     */
    private Future<Boolean> probe(Node node) {
        Future<Boolean> probe = probes.get(node);
        if (probe != null) {
            return probe;
        }
        Future<Boolean> fresh = unanswered(node, PINGS);
        probes.put(node, fresh);
        return fresh.onComplete(done -> probes.remove(node, fresh));
    }

    private Future<Boolean> unanswered(Node node, int pings) {
        long asked = nanoTime.getAsLong();
        return ping.apply(node).onSuccess(answer -> heard(node)).transform(answer -> {
            if (isHeardSince(node, asked)) {
                return Future.succeededFuture(false);
            }
            boolean late = nanoTime.getAsLong() - asked > LATE_NANOS;
            int left = late ? pings : pings - 1;
            return left == 0 ? Future.succeededFuture(true) : unanswered(node, left);
        });
    }

    private boolean isHeardSince(Node node, long nanoTime) {
        Long heard = heardAt.get(node);
        return heard != null && heard - nanoTime >= 0;
    }
}
