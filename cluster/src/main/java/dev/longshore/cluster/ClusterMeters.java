package dev.longshore.cluster;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** What a process knows of its cluster, as numbers. */
public final class ClusterMeters {

    private ClusterMeters() {}

    /** What gateways and nodes alike see. */
    public static void bind(Membership membership, MeterRegistry registry) {
        Gauge.builder(
                        "longshore.ring.nodes",
                        membership,
                        known -> known.ring().nodes().size())
                .description("Nodes on the ring, as far as is known here")
                .register(registry);
        Gauge.builder("longshore.cluster.connected", membership, known -> known.connected() ? 1 : 0)
                .description("1 while the cluster is seen; 0 while the last ring known is used")
                .register(registry);
    }

    /** What a node counts besides. */
    public static void bindNode(HazelcastMembership membership, MeterRegistry registry) {
        bind(membership, registry);
        FunctionCounter.builder("longshore.lease.timeouts", membership, HazelcastMembership::leaseTimeouts)
                .description("Fetches that began although nobody could say whether another node is at it")
                .register(registry);
    }
}
