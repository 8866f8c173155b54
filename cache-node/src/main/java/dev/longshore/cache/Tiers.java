package dev.longshore.cache;

import dev.longshore.cluster.FillLeases;
import dev.longshore.cluster.Node;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Registry;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What stands between this node's disk and the upstream. Immutable.
 *
 * @param bucket the durable tier
 * @param leases who is fetching what
 * @param peers the other nodes that may have a blob on their disks, the likeliest first
 * @param node the way to a node
 */
public record Tiers(
        Optional<Bucket> bucket, FillLeases leases, Function<Digest, List<Node>> peers, Function<Node, Registry> node) {

    /** Nothing does: a node alone, before its upstreams. */
    public static final Tiers NONE = new Tiers(Optional.empty(), FillLeases.none(), digest -> List.of(), node -> {
        throw new IllegalArgumentException("there is no node " + node.name());
    });

    /** The same, with another bucket. */
    public Tiers with(Optional<Bucket> other) {
        return new Tiers(other, leases, peers, node);
    }

    /** The same, for who does not fetch on behalf of others. */
    Tiers withoutLeases() {
        return new Tiers(bucket, FillLeases.none(), peers, node);
    }
}
