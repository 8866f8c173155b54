package dev.longshore.cache;

import dev.longshore.blob.BlobStore;
import dev.longshore.oci.Digest;
import dev.longshore.oci.RepositoryLinks;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.Set;

/**
 * The durable tier, as the cache sees it. Immutable.
 *
 * @param identity which bucket it is: what was uploaded to another one is not in it
 * @param reports where is told what is used; none when the bucket keeps everything
 */
public record Bucket(String identity, BlobStore blobs, RepositoryLinks links, Optional<Reports> reports) {

    /** Who cleans up the bucket, and therefore wants to know what is used. Thread-safe. */
    public interface Reports {

        /** Notes that {@code blobs} are in use now. */
        Future<Void> used(Set<Digest> blobs);
    }

    /** One that keeps everything. */
    public Bucket(String identity, BlobStore blobs, RepositoryLinks links) {
        this(identity, blobs, links, Optional.empty());
    }
}
