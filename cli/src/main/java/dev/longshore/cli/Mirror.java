package dev.longshore.cli;

import dev.longshore.config.Listen;
import dev.longshore.config.UpstreamSettings;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * This mirror as a client sees it. Immutable.
 *
 * @param address what the client dials
 * @param defaultUpstream what it fetches for a request that names no upstream
 */
record Mirror(
        Listen address,
        Map<String, UpstreamSettings> upstreams,
        @Nullable String defaultUpstream) {

    /** Where a client on the same machine finds a server that listens at {@code listen}. */
    static Listen locally(Listen listen) {
        boolean everywhere = listen.host().equals("0.0.0.0") || listen.host().equals("::");
        return everywhere ? new Listen("localhost", listen.port()) : listen;
    }

    String url() {
        return "http://" + address;
    }

    /** The repository prefix under which clients without namespaces find {@code upstream}. */
    String prefix(String upstream) {
        return address + "/" + upstream.replace(':', '_');
    }
}
