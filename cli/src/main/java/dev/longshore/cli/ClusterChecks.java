package dev.longshore.cli;

import dev.longshore.cluster.HazelcastMembership;
import dev.longshore.cluster.Node;
import dev.longshore.http.OpsServer.Check;
import java.util.List;
import java.util.Optional;

/** What may be wrong with a process's part in its cluster. Immutable. */
final class ClusterChecks {

    private ClusterChecks() {}

    /** A gateway is of use while it knows a node, whether or not it sees the cluster now. */
    static List<Check> gateway(HazelcastMembership membership) {
        return List.of(
                Check.known(
                        "ring", true, () -> problem(membership.ring().nodes().isEmpty(), "no cache node is known")),
                cluster(membership));
    }

    /** A node is of use while others find it. */
    static List<Check> node(HazelcastMembership membership, Node self) {
        return List.of(
                Check.known(
                        "ring",
                        true,
                        () -> problem(!membership.ring().nodes().contains(self), "this node is not on the ring")),
                cluster(membership));
    }

    private static Check cluster(HazelcastMembership membership) {
        return Check.known("cluster", false, () -> {
            List<String> unseen = membership.unseen();
            return membership.connected()
                    ? problem(!unseen.isEmpty(), "not in it: " + String.join(", ", unseen))
                    : Optional.of("cannot be seen: the last ring that was known is used");
        });
    }

    private static Optional<String> problem(boolean is, String what) {
        return is ? Optional.of(what) : Optional.empty();
    }
}
