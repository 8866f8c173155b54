package dev.longshore.oci;

import dev.longshore.blob.Blob;
import io.vertx.core.Future;

/**
 * Everything one can pull from.
 *
 * <p>Laws, held by {@code RegistryContract}: an answer's bytes are those of its digest; absent, refused and unreachable
 * are three outcomes and never become one another; every failure is a {@link RegistryException}; a pull for the
 * descriptor alone brings no content. Implementations are thread-safe; a future completes on the caller's context.
 */
public interface Registry {

    /** The manifest, at most {@link MediaTypes#MAX_MANIFEST_BYTES} long. */
    Future<Manifest> manifest(ManifestPull pull);

    /** The blob, whose bytes flow when it is piped. The caller closes it, also after a failure to pipe. */
    Future<Blob> blob(BlobPull pull);

    /** A list of names. */
    Future<Listing> listing(ListingPull pull);
}
