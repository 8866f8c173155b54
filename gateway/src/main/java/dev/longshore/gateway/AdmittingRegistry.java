package dev.longshore.gateway;

import dev.longshore.blob.Blob;
import dev.longshore.blob.CountedBlob;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets so many bodies be under way and no more: who comes after that is told at once to come again, which costs next to
 * nothing and keeps what is under way whole. Manifests and lists are small, and pass. Thread-safe.
 */
public final class AdmittingRegistry implements Registry {

    private static final Duration COME_AGAIN = Duration.ofSeconds(2);

    private final Registry inner;
    private final int limit;
    private final AtomicInteger underWay = new AtomicInteger();

    /** @param limit in bodies */
    public AdmittingRegistry(Registry inner, int limit) {
        this.inner = inner;
        this.limit = limit;
    }

    @Override
    public Future<Manifest> manifest(ManifestPull pull) {
        return inner.manifest(pull);
    }

    @Override
    public Future<Blob> blob(BlobPull pull) {
        if (pull.head()) {
            return inner.blob(pull);
        }
        if (underWay.incrementAndGet() > limit) {
            underWay.decrementAndGet();
            return Future.failedFuture(
                    new RegistryException(ErrorCode.UNAVAILABLE, "the mirror has " + limit + " bodies under way")
                            .retryAfter(COME_AGAIN));
        }
        return inner.blob(pull)
                .<Blob>map(blob -> new CountedBlob(blob, underWay::decrementAndGet))
                .onFailure(failure -> underWay.decrementAndGet());
    }

    @Override
    public Future<Listing> listing(ListingPull pull) {
        return inner.listing(pull);
    }
}
