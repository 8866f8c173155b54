package dev.longshore.cluster;

import dev.longshore.config.Listen;
import java.net.URI;
import java.util.Optional;

/**
 * A cache node, as others see it. Immutable.
 *
 * @param address what gateways and nodes dial; it is also the node's name on the ring, so that a restart moves nothing
 * @param host where its address leads, if the node knows: names lead to where it was for a while when it has moved
 * @param publicUrl what clients dial when blobs are delivered by redirect
 * @param weight its share of the keys, in proportion to those of the others; above 0
 */
public record Node(Listen address, Optional<String> host, Optional<URI> publicUrl, double weight) {

    public Node {
        if (!(weight > 0)) {
            throw new IllegalArgumentException("a weight is above 0, not " + weight);
        }
    }

    /** A node of the usual weight. */
    public static Node at(Listen address) {
        return new Node(address, Optional.empty(), Optional.empty(), 1);
    }

    /** What is dialled. */
    Listen place() {
        return new Listen(host.orElse(address.host()), address.port());
    }

    /** As in {@code node-0:5100}. */
    public String name() {
        return address.toString();
    }
}
