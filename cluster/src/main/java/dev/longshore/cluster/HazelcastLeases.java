package dev.longshore.cluster;

import dev.longshore.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leases in a map that all nodes share and whose entries expire: what is held is written again long before. A lease whose
 * holder is no longer in the cluster, or better not asked, is anybody's. The map may take its time, so a question is
 * given up soon, and after that none is asked for a while: a frozen node must not slow down each fill. Thread-safe.
 */
final class HazelcastLeases implements FillLeases {

    private static final Logger LOG = LoggerFactory.getLogger(HazelcastLeases.class);
    private static final Duration PATIENCE = Duration.ofMillis(500);
    private static final Duration SILENCE = Duration.ofSeconds(3);
    private static final Duration RENEWAL = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final WorkerExecutor workers;
    private final Supplier<ConcurrentMap<String, String>> holders;
    private final String process;
    private final Function<String, Optional<Node>> nodes;
    private final long timer;
    private final Set<String> held = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean renewing = new AtomicBoolean();
    private final LongAdder timeouts = new LongAdder();
    private volatile long quietUntil = System.nanoTime();

    /**
     * @param workers where the map is asked
     * @param holders digest → the process that fetches it; calls may block, and fail while there is no cluster
     * @param process this one
     * @param nodes which node a process is, if it can be asked
     */
    HazelcastLeases(
            Vertx vertx,
            WorkerExecutor workers,
            Supplier<ConcurrentMap<String, String>> holders,
            String process,
            Function<String, Optional<Node>> nodes) {
        this.vertx = vertx;
        this.workers = workers;
        this.holders = holders;
        this.process = process;
        this.nodes = nodes;
        this.timer = vertx.setPeriodic(RENEWAL.toMillis(), tick -> renew());
    }

    /** Asks the first question, which takes longest, before any pull does. Blocks. */
    void begin() {
        ConcurrentMap<String, String> map = holders.get();
        map.putIfAbsent(process, process);
        map.remove(process, process);
    }

    @Override
    public Future<Optional<Node>> take(Digest digest) {
        String key = digest.toString();
        held.add(key);
        if (isQuiet()) {
            timeouts.increment();
            return Future.succeededFuture(Optional.empty());
        }
        return workers.executeBlocking(() -> takeNow(key), false)
                .timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .onSuccess(other -> other.ifPresent(node -> held.remove(key)))
                .recover(this::unanswered);
    }

    private Optional<Node> takeNow(String key) {
        ConcurrentMap<String, String> map = holders.get();
        while (true) {
            String other = map.putIfAbsent(key, process);
            if (other == null || other.equals(process)) {
                return Optional.empty();
            }
            Optional<Node> node = nodes.apply(other);
            if (node.isPresent()) {
                return node;
            }
            if (map.replace(key, other, process)) {
                return Optional.empty();
            }
        }
    }

    /** Nobody knows: the fetch goes on. If the answer comes late and the lease is ours after all, it is kept as such. */
    private Future<Optional<Node>> unanswered(Throwable failure) {
        timeouts.increment();
        if (!isQuiet()) {
            LOG.warn("no answer about a lease, none is asked for {} s: {}", SILENCE.toSeconds(), failure.toString());
        }
        quietUntil = System.nanoTime() + SILENCE.toNanos();
        return Future.succeededFuture(Optional.empty());
    }

    private boolean isQuiet() {
        return System.nanoTime() - quietUntil < 0;
    }

    @Override
    public void release(Digest digest) {
        String key = digest.toString();
        if (held.remove(key)) {
            workers.executeBlocking(() -> holders.get().remove(key, process), false)
                    .onFailure(failure -> LOG.debug("a lease is left to expire", failure));
        }
    }

    /** Fetches that went on because nobody could say in time whether another node is at it. */
    long timeouts() {
        return timeouts.sum();
    }

    private void renew() {
        if (!held.isEmpty() && renewing.compareAndSet(false, true)) {
            workers.executeBlocking(this::renewNow, false)
                    .onFailure(failure -> LOG.debug("leases are not renewed", failure))
                    .onComplete(end -> renewing.set(false));
        }
    }

    /** Writing an entry begins its time anew. One that has expired, or was never written, may be ours now. */
    private boolean renewNow() {
        ConcurrentMap<String, String> map = holders.get();
        for (String key : held) {
            if (!map.replace(key, process, process)) {
                map.putIfAbsent(key, process);
            }
            if (!held.contains(key)) {
                map.remove(key, process); // released meanwhile
            }
        }
        return true;
    }

    void close() {
        vertx.cancelTimer(timer);
    }
}
