package dev.longshore.cluster;

import dev.longshore.config.Listen;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a node says of itself to whoever sees it in the cluster, signed with the cluster's secret: Hazelcast lets in who
 * knows the cluster's name, but only who knows the secret gets onto a ring. Said again by a stranger it names the same node
 * at the same address. Immutable.
 *
 * @param process this life of the node, so that what was said of an earlier one is not held against it
 */
record Announcement(Node node, String process) {

    private static final String ADDRESS = "longshore.address";
    private static final String HOST = "longshore.host";
    private static final String PUBLIC_URL = "longshore.public-url";
    private static final String WEIGHT = "longshore.weight";
    private static final String PROCESS = "longshore.process";
    private static final String SIGNATURE = "longshore.signature";

    /** As attributes of a member of the cluster. */
    Map<String, String> attributes(ClusterKeys keys) {
        Map<String, String> attributes = new HashMap<>();
        attributes.put(ADDRESS, node.name());
        node.host().ifPresent(host -> attributes.put(HOST, host));
        node.publicUrl().ifPresent(url -> attributes.put(PUBLIC_URL, url.toString()));
        attributes.put(WEIGHT, Double.toString(node.weight()));
        attributes.put(PROCESS, process);
        attributes.put(SIGNATURE, keys.sign(text(attributes)));
        return attributes;
    }

    /** Its signature by the key that signs now: attributes cannot change. */
    String signature(ClusterKeys keys) {
        return attributes(keys).getOrDefault(SIGNATURE, "");
    }

    /**
     * What a member says; empty when it is none of ours.
     *
     * @param renewed process → its latest signature
     */
    static Optional<Announcement> read(Map<String, String> attributes, Map<String, String> renewed, ClusterKeys keys) {
        String process = attributes.getOrDefault(PROCESS, "");
        String first = attributes.getOrDefault(SIGNATURE, "");
        String text = text(attributes);
        if (!keys.verify(text, first) && !keys.verify(text, renewed.getOrDefault(process, ""))) {
            return Optional.empty();
        }
        Node node = new Node(
                Listen.parse(attributes.getOrDefault(ADDRESS, "")),
                Optional.ofNullable(attributes.get(HOST)),
                Optional.ofNullable(attributes.get(PUBLIC_URL)).map(URI::create),
                Double.parseDouble(attributes.getOrDefault(WEIGHT, "")));
        return Optional.of(new Announcement(node, process));
    }

    /** The word that the node {@code process} takes no more pulls, and never will. */
    static String farewell(String process, ClusterKeys keys) {
        return keys.sign(farewellText(process));
    }

    static boolean isFarewell(String process, String farewell, ClusterKeys keys) {
        return keys.verify(farewellText(process), farewell);
    }

    private static String farewellText(String process) {
        return "v1-farewell\n" + process;
    }

    private static String text(Map<String, String> attributes) {
        return String.join(
                "\n",
                "v2-node",
                attributes.getOrDefault(ADDRESS, ""),
                attributes.getOrDefault(HOST, ""),
                attributes.getOrDefault(PUBLIC_URL, ""),
                attributes.getOrDefault(WEIGHT, ""),
                attributes.getOrDefault(PROCESS, ""));
    }
}
