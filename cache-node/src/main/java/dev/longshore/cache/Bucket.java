package dev.longshore.cache;

import dev.longshore.blob.BlobStore;
import dev.longshore.oci.RepositoryLinks;

/**
 * The durable tier, as the cache sees it. Immutable.
 *
 * @param identity which bucket it is: what was uploaded to another one is not in it
 */
public record Bucket(String identity, BlobStore blobs, RepositoryLinks links) {}
