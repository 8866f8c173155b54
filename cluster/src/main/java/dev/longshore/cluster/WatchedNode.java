package dev.longshore.cluster;

import dev.longshore.blob.Blob;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Registry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * A node that may fall silent at any time: then a pull, or a body in its middle, fails with a {@link NodeFailure} within
 * four seconds. A node that is only slow is waited for. Thread-safe.
 */
public final class WatchedNode implements Registry {

    private final Vertx vertx;
    private final NodeRegistry registry;
    private final NodeHealth health;

    /** @param health shared by everyone who watches nodes */
    public WatchedNode(Vertx vertx, NodeRegistry registry, NodeHealth health) {
        this.vertx = vertx;
        this.registry = registry;
        this.health = health;
    }

    @Override
    public Future<Manifest> manifest(ManifestPull pull) {
        return answered(registry.manifest(pull));
    }

    @Override
    public Future<Blob> blob(BlobPull pull) {
        return answered(registry.blob(pull))
                .map(blob -> pull.head() ? blob : new WatchedBlob(vertx, registry.node(), blob, health));
    }

    @Override
    public Future<Listing> listing(ListingPull pull) {
        return answered(registry.listing(pull));
    }

    private <T> Future<T> answered(Future<T> asked) {
        return new Question<>(vertx, registry.node(), health, asked).answer().onFailure(failure -> {
            if (failure instanceof NodeFailure lost && !lost.isAnswer()) {
                health.failed(registry.node(), failure);
            }
        });
    }
}
