package dev.longshore.cluster;

import io.vertx.core.Future;
import java.util.Collection;

/** A cluster of nodes that never change: nobody joins, and who leaves is found out by asking it. Immutable. */
public final class StaticMembership implements Membership {

    private final Ring ring;

    private StaticMembership(Ring ring) {
        this.ring = ring;
    }

    public static StaticMembership of(Collection<Node> nodes) {
        return new StaticMembership(Ring.of(nodes));
    }

    @Override
    public Ring ring() {
        return ring;
    }

    @Override
    public boolean connected() {
        return true;
    }

    /** There is nobody to tell. */
    @Override
    public Future<Void> leave() {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
