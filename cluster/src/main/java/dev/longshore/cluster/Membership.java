package dev.longshore.cluster;

import io.vertx.core.Future;

/** Which nodes there are, as far as is known here: each change is a new {@link Ring}. Thread-safe. */
public interface Membership {

    /** The nodes that take pulls now; the last known ones when the cluster cannot be seen. Never blocks. */
    Ring ring();

    /** Takes this process out of everybody's ring, if it is a node; completes when that has been told. */
    Future<Void> leave();

    /** Whether the cluster can be seen at the moment; the ring is the last one known otherwise. */
    boolean connected();

    /** Ends its part in the cluster. */
    Future<Void> close();
}
