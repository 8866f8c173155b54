package dev.longshore.oci;

import dev.longshore.blob.RangeRequest;

/**
 * A blob, whole or by ranges. Immutable.
 *
 * @param head only the descriptor is wanted
 * @param ranges what part is wanted first; a registry may use it to decide where to begin, the reader decides what it
 *     reads
 */
public record BlobPull(Caller caller, RepositoryName repository, Digest digest, boolean head, RangeRequest ranges)
        implements Pull {

    /** The same pull for other ranges. */
    public BlobPull of(RangeRequest other) {
        return new BlobPull(caller, repository, digest, head, other);
    }

    /** The same pull, for the descriptor alone. */
    public BlobPull asHead() {
        return new BlobPull(caller, repository, digest, true, RangeRequest.WHOLE);
    }

    /** The same pull, for the content. */
    public BlobPull asGet() {
        return new BlobPull(caller, repository, digest, false, ranges);
    }
}
