package dev.longshore.gateway;

import dev.longshore.blob.Blob;
import dev.longshore.blob.LocatedBlob;
import dev.longshore.cluster.BlobUrls;
import dev.longshore.cluster.Membership;
import dev.longshore.cluster.Node;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Registry;
import io.vertx.core.Future;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends who wants a blob to the node that owns it, by an address that holds for a short while; a node that clients cannot
 * reach is stood in for. Thread-safe.
 */
public final class RedirectingRegistry implements Registry {

    private static final Logger LOG = LoggerFactory.getLogger(RedirectingRegistry.class);

    /** Long enough for a client that resumes a large layer, over and over. */
    private static final Duration VALIDITY = Duration.ofMinutes(15);

    private final Registry inner;
    private final Membership membership;
    private final BlobUrls urls;
    private final Set<String> stoodInFor = ConcurrentHashMap.newKeySet();

    /** @param inner answers what is not sent elsewhere */
    public RedirectingRegistry(Registry inner, Membership membership, BlobUrls urls) {
        this.inner = inner;
        this.membership = membership;
        this.urls = urls;
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
        return membership.ring().owners(pull.digest()).stream()
                .findFirst()
                .flatMap(this::publicUrl)
                .map(url -> Future.<Blob>succeededFuture(new LocatedBlob(
                        pull.digest(), OptionalLong.empty(), urls.sign(url, pull, VALIDITY), Origin.DISK)))
                .orElseGet(() -> inner.blob(pull));
    }

    private Optional<URI> publicUrl(Node owner) {
        if (owner.publicUrl().isEmpty() && stoodInFor.add(owner.name())) {
            LOG.warn("{} has no cluster.public-url: its blobs go through this gateway", owner.name());
        }
        return owner.publicUrl();
    }

    @Override
    public Future<Listing> listing(ListingPull pull) {
        return inner.listing(pull);
    }
}
