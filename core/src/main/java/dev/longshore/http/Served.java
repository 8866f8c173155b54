package dev.longshore.http;

import dev.longshore.oci.BlobPull;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Ping;
import dev.longshore.oci.Pull;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One request that has been answered, for the log and the meters. Immutable.
 *
 * @param origin where its content came from; null when it had none
 * @param bytes of the body that were handed to the connection
 * @param firstByteNanos from the request to its first byte
 * @param tookNanos from the request to its last byte
 */
record Served(
        HttpServerRequest request,
        Kind kind,
        int status,
        @Nullable Origin origin,
        long bytes,
        long firstByteNanos,
        long tookNanos) {

    /** What was asked for. */
    enum Kind {
        PING,
        MANIFEST,
        BLOB,
        TAGS,
        REFERRERS,
        CATALOG,
        /** Nothing that the grammar knows. */
        OTHER;

        static Kind of(Pull pull) {
            if (pull instanceof ManifestPull) {
                return MANIFEST;
            }
            if (pull instanceof BlobPull) {
                return BLOB;
            }
            if (pull instanceof Ping) {
                return PING;
            }
            return pull instanceof ListingPull.Tags
                    ? TAGS
                    : pull instanceof ListingPull.Referrers ? REFERRERS : CATALOG;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
