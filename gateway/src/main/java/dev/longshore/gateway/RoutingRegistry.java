package dev.longshore.gateway;

import dev.longshore.blob.Blob;
import dev.longshore.blob.CountedBlob;
import dev.longshore.blob.RangeRequest;
import dev.longshore.blob.ResumingBlob;
import dev.longshore.blob.VerifiedBlob;
import dev.longshore.cluster.Membership;
import dev.longshore.cluster.Node;
import dev.longshore.cluster.NodeFailure;
import dev.longshore.cluster.NodeHealth;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Origin.Tier;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;

/**
 * The way to the node that answers for a pull: the owner on the ring, and when that is lost the next one, also in the
 * middle of a body. A node's answer is an answer, whatever it says; only a node that gives none is passed over.
 * Thread-safe.
 */
public final class RoutingRegistry implements Registry {

    private static final Duration COME_AGAIN = Duration.ofSeconds(1);

    private final Membership membership;
    private final Function<Node, Registry> nodes;
    private final NodeHealth health;
    private final HotBlobs hot = new HotBlobs();

    /**
     * Routes over the ring of {@code membership}.
     *
     * @param nodes the way to a node, which fails with {@link NodeFailure} when that gives no answer
     * @param health knows which nodes have failed lately
     */
    public RoutingRegistry(Membership membership, Function<Node, Registry> nodes, NodeHealth health) {
        this.membership = membership;
        this.nodes = nodes;
        this.health = health;
    }

    @Override
    public Future<Manifest> manifest(ManifestPull pull) {
        return first(candidates(owners(pull.repository())), node -> nodes.apply(node).manifest(pull));
    }

    /** One node knows all of a repository: where its tags point, and the manifests that they point to. */
    private List<Node> owners(RepositoryName repository) {
        return membership.ring().owners(repository);
    }

    @Override
    public Future<Listing> listing(ListingPull pull) {
        if (pull instanceof ListingPull.Catalog page) {
            return CatalogOfAll.merged(
                    page, membership.ring().nodes().stream().map(nodes).toList());
        }
        RepositoryName repository = pull instanceof ListingPull.Referrers referrers
                ? referrers.repository()
                : ((ListingPull.Tags) pull).repository();
        return first(candidates(owners(repository)), node -> nodes.apply(node).listing(pull));
    }

    @Override
    public Future<Blob> blob(BlobPull pull) {
        List<Node> owners = membership.ring().owners(pull.digest());
        if (pull.head()) {
            return first(candidates(owners), node -> nodes.apply(node).blob(pull));
        }
        Deque<Node> candidates = candidates(hot.order(pull.digest(), owners));
        return body(pull, candidates).map(first -> verified(pull, new ResumingBlob(first, rest(pull, candidates)), first));
    }

    private ResumingBlob.Sources rest(BlobPull pull, Deque<Node> candidates) {
        return (failed, cause, from) -> cause instanceof NodeFailure && !isUnsure(pull, failed)
                ? body(pull.of(RangeRequest.from(from)), candidates)
                : Future.failedFuture(cause);
    }

    private Future<Blob> body(BlobPull pull, Deque<Node> candidates) {
        return first(candidates, node -> nodes.apply(node).blob(pull).map(blob -> counted(node, blob)));
    }

    private Blob counted(Node node, Blob blob) {
        hot.began(blob.digest(), node);
        return new CountedBlob(blob, () -> hot.ended(blob.digest(), node));
    }

    /** After a change of node nobody else has seen the whole of a body, so what no node vouches for is hashed here. */
    private static Blob verified(BlobPull pull, Blob blob, Blob first) {
        return pull.ranges().isWhole() && !isPublished(first) ? new VerifiedBlob(blob) : blob;
    }

    /** A part of a body that is still being filled cannot be judged here: only the node that began it can. */
    private static boolean isUnsure(BlobPull pull, Blob failed) {
        return !pull.ranges().isWhole() && !isPublished(failed);
    }

    private static boolean isPublished(Blob blob) {
        Tier tier = blob.origin().tier();
        return tier == Tier.DISK || tier == Tier.MEMORY;
    }

    private Deque<Node> candidates(List<Node> owners) {
        return new ArrayDeque<>(health.preferred(owners));
    }

    /** The answer of the first candidate that gives one; those that were asked are taken from the list. */
    private <T> Future<T> first(Deque<Node> candidates, Function<Node, Future<T>> ask) {
        Node node = candidates.poll();
        if (node == null) {
            return Future.failedFuture(
                    new RegistryException(ErrorCode.UNAVAILABLE, "no cache node can be reached").retryAfter(COME_AGAIN));
        }
        return ask.apply(node)
                .recover(failure ->
                        failure instanceof NodeFailure ? first(candidates, ask) : Future.failedFuture(failure));
    }
}
