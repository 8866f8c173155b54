package dev.longshore.blob;

import dev.longshore.oci.Digest;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Blobs, kept by their digests.
 *
 * <p>Laws, held by {@code BlobStoreContract}: a blob is there whole or not at all, and what is being written cannot be
 * seen; what was written once is not written again, and stays as it is until it is deleted; absent is an answer, and a
 * store that cannot be asked fails instead of giving it. A store does not hash what it gives: where others can write to
 * it too, the reader does. Implementations are thread-safe; a future completes on the caller's context.
 */
public interface BlobStore {

    /** In bytes; absent when the blob is not here. */
    Future<OptionalLong> size(Digest digest);

    /** A blob that can be read from anywhere, which the caller closes; absent when it is not here. */
    Future<Optional<Blob>> open(Digest digest);

    /**
     * Keeps all bytes of {@code blob}, which have been verified and whose size is known; nothing is done when it is here
     * already. The caller closes it.
     */
    Future<Void> write(Blob blob);

    /** Completes when the blob is not here any more. */
    Future<Void> delete(Digest digest);
}
