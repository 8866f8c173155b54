package dev.longshore.access;

import dev.longshore.blob.Blob;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Future;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Decides who may pull what, before anything else is done; always outermost. What lies outside an upstream's list of
 * repositories does not exist here, so that a client goes on to the next registry it knows. Thread-safe.
 */
public final class GuardedRegistry implements Registry {

    private final Registry inner;
    private final Predicate<RepositoryName> served;

    /**
     * Guards {@code inner}.
     *
     * @param served whether the mirror serves a repository at all
     */
    public GuardedRegistry(Registry inner, Predicate<RepositoryName> served) {
        this.inner = inner;
        this.served = served;
    }

    @Override
    public Future<Manifest> manifest(ManifestPull pull) {
        return guarded(pull.repository(), () -> inner.manifest(pull));
    }

    @Override
    public Future<Blob> blob(BlobPull pull) {
        return guarded(pull.repository(), () -> inner.blob(pull));
    }

    @Override
    public Future<Listing> listing(ListingPull pull) {
        if (pull instanceof ListingPull.Tags tags) {
            return guarded(tags.repository(), () -> inner.listing(pull));
        }
        if (pull instanceof ListingPull.Referrers referrers) {
            return guarded(referrers.repository(), () -> inner.listing(pull));
        }
        return inner.listing(pull);
    }

    private <T> Future<T> guarded(RepositoryName repository, Supplier<Future<T>> answer) {
        if (!served.test(repository)) {
            return Future.failedFuture(
                    new RegistryException(ErrorCode.NAME_UNKNOWN, "this mirror does not serve that repository"));
        }
        return answer.get();
    }
}
