package dev.longshore.gateway;

import dev.longshore.cluster.Node;
import dev.longshore.cluster.NodeFailure;
import dev.longshore.cluster.NodeHealth;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The nodes that one pull may still ask, the owner first, who has failed meanwhile last. When none of them has answered, the
 * ring may be changing, or the machine be busy: after a while they are asked again, whoever they are by then. Confined to
 * one context.
 */
final class Candidates {

    private static final int ROUNDS = 4;
    private static final long PAUSE_MILLIS = 500;
    static final Duration COME_AGAIN = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final Supplier<List<Node>> owners;
    private final NodeHealth health;
    private final GatewayMeters meters;
    private final Set<Node> asked = new HashSet<>();
    private List<Node> line;
    private int round = 1;

    /** @param owners asked at the beginning of each round */
    Candidates(Vertx vertx, Supplier<List<Node>> owners, NodeHealth health, GatewayMeters meters) {
        this.vertx = vertx;
        this.owners = owners;
        this.health = health;
        this.meters = meters;
        this.line = owners.get();
    }

    /** The answer of the first that gives one; those that were asked are not asked again in this round. */
    <T> Future<T> first(Function<Node, Future<T>> ask) {
        List<Node> order = asked.isEmpty() ? health.preferred(line) : health.surest(line);
        Optional<Node> next = order.stream().filter(asked::add).findFirst();
        if (next.isEmpty()) {
            return again(ask);
        }
        return ask.apply(next.get()).recover(failure -> {
            if (!(failure instanceof NodeFailure)) {
                return Future.failedFuture(failure);
            }
            meters.unanswered();
            return first(ask);
        });
    }

    private <T> Future<T> again(Function<Node, Future<T>> ask) {
        if (round == ROUNDS) {
            return Future.failedFuture(new RegistryException(ErrorCode.UNAVAILABLE, "no cache node can be reached")
                    .retryAfter(COME_AGAIN));
        }
        return vertx.timer(PAUSE_MILLIS * round++).compose(later -> {
            line = owners.get();
            asked.clear();
            return first(ask);
        });
    }
}
