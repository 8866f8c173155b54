package dev.longshore.cluster;

import dev.longshore.oci.Digest;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * Who is fetching a blob, so that the cluster fetches it once. A strong hint, never a proof: whoever cannot find out
 * fetches. Thread-safe.
 */
public interface FillLeases {

    /** Those of a node that is alone: what it wants to fetch, nobody else is fetching. */
    static FillLeases none() {
        return new FillLeases() {
            @Override
            public Future<Optional<Node>> take(Digest digest) {
                return Future.succeededFuture(Optional.empty());
            }

            @Override
            public void release(Digest digest) {}
        };
    }

    /**
     * Takes the lease; absent when it is ours now or nobody knows, else the node that is fetching the blob. Never fails,
     * and answers within about half a second, on the caller's context. Ours is renewed until it is released.
     */
    Future<Optional<Node>> take(Digest digest);

    /** Gives the lease back, if it is ours. Does not wait. */
    void release(Digest digest);
}
