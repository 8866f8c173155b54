package dev.longshore.cli;

import dev.longshore.config.ClusterSettings;
import dev.longshore.config.Listen;
import dev.longshore.config.Settings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.Optional;

/**
 * Where a node of a Kubernetes cluster is: each life of a pod has an address of its own, while its name leads to the one
 * before until every cache on the way to the cluster's DNS has forgotten it.
 */
final class PodAddress {

    private PodAddress() {}

    /** That of this pod; empty for a node that is none, or that does not serve there what it advertises. */
    static Optional<String> of(Settings settings) {
        ClusterSettings cluster = Objects.requireNonNull(settings.cluster());
        Listen advertised = Objects.requireNonNull(cluster.advertise());
        if (cluster.serviceDns() == null || settings.listen().port() != advertised.port()) {
            return Optional.empty();
        }
        try {
            // The kubelet writes it into /etc/hosts.
            InetAddress own = InetAddress.getLocalHost();
            boolean served = InetAddress.getByName(settings.listen().host()).isAnyLocalAddress();
            return served && !own.isLoopbackAddress() ? Optional.of(own.getHostAddress()) : Optional.empty();
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
