package dev.longshore.config;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How nodes and gateways find and trust each other. Immutable.
 *
 * @param secrets the first signs, all verify
 * @param advertise what gateways and nodes dial
 * @param publicUrl what clients dial when blobs are delivered by redirect
 * @param members addresses of nodes to join, besides those that {@code serviceDns} finds
 * @param serviceDns a headless Kubernetes service, by its DNS name
 * @param hazelcast where Hazelcast listens
 */
public record ClusterSettings(
        String name,
        List<Secret> secrets,
        @Nullable Listen advertise,
        @Nullable URI publicUrl,
        List<Listen> members,
        @Nullable String serviceDns,
        Listen hazelcast) {

    public ClusterSettings {
        secrets = List.copyOf(secrets);
        members = List.copyOf(members);
    }
}
