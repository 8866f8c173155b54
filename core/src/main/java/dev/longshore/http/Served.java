package dev.longshore.http;

import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Ping;
import dev.longshore.oci.Pull;
import dev.longshore.oci.Reference;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One request that has been answered, for the log and the meters. Immutable.
 *
 * @param pull what was asked for; null when the grammar does not know it
 * @param hop whether a gateway or a node asked
 * @param digest of the content; null when there was none
 * @param origin where the content came from; null when there was none
 * @param whole whether everything was handed to the connection
 * @param bytes of the body that were
 * @param firstByteNanos from the request to its first byte
 * @param tookNanos from the request to its last byte
 * @param error why there was no content, or not all of it; null when nothing is known to be wrong
 */
record Served(
        HttpServerRequest request,
        @Nullable Pull pull,
        boolean hop,
        int status,
        @Nullable Digest digest,
        @Nullable Origin origin,
        boolean whole,
        long bytes,
        long firstByteNanos,
        long tookNanos,
        @Nullable String error) {

    Kind kind() {
        return Kind.of(pull);
    }

    /** Whose content was asked for; null for a ping, a catalog and what the grammar does not know. */
    @Nullable
    RepositoryName repository() {
        if (pull instanceof ManifestPull manifest) {
            return manifest.repository();
        }
        if (pull instanceof BlobPull blob) {
            return blob.repository();
        }
        if (pull instanceof ListingPull.Tags tags) {
            return tags.repository();
        }
        return pull instanceof ListingPull.Referrers referrers ? referrers.repository() : null;
    }

    /** What of it was asked for; null where that has no name. */
    @Nullable
    Reference reference() {
        if (pull instanceof ManifestPull manifest) {
            return manifest.reference();
        }
        if (pull instanceof BlobPull blob) {
            return blob.digest();
        }
        return pull instanceof ListingPull.Referrers referrers ? referrers.subject() : null;
    }

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

        static Kind of(@Nullable Pull pull) {
            if (pull == null) {
                return OTHER;
            }
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
