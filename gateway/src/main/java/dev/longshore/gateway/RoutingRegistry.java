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
import dev.longshore.http.Contexts;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Origin.Tier;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The way to the node that answers for a pull: the owner on the ring, and when that is lost the next one, also in the
 * middle of a body. A node's answer is an answer, whatever it says; only a node that gives none is passed over.
 * Thread-safe.
 */
public final class RoutingRegistry implements Registry {

    private static final int MOST_BREAKS = 3;

    /** Of nodes that live and yet do not finish a body: the bytes are wrong, or cannot be had. */
    private static final int MOST_VERDICTS = 1;

    private final Vertx vertx;
    private final Membership membership;
    private final Function<Node, Registry> nodes;
    private final NodeHealth health;
    private final GatewayMeters meters;
    private final HotBlobs hot = new HotBlobs();

    /**
     * Routes over the ring of {@code membership}.
     *
     * @param nodes the way to a node, which fails with {@link NodeFailure} when that gives no answer
     * @param health knows which nodes have failed lately
     */
    public RoutingRegistry(
            Vertx vertx,
            Membership membership,
            Function<Node, Registry> nodes,
            NodeHealth health,
            GatewayMeters meters) {
        this.vertx = vertx;
        this.membership = membership;
        this.nodes = nodes;
        this.health = health;
        this.meters = meters;
    }

    @Override
    public Future<Manifest> manifest(ManifestPull pull) {
        return candidates(owners(pull.repository()))
                .first(node -> nodes.apply(node).manifest(pull));
    }

    /** One node knows all of a repository: where its tags point, and the manifests that they point to. */
    private Supplier<List<Node>> owners(RepositoryName repository) {
        return () -> membership.ring().owners(repository);
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
        return candidates(owners(repository)).first(node -> nodes.apply(node).listing(pull));
    }

    @Override
    public Future<Blob> blob(BlobPull pull) {
        Supplier<List<Node>> owners = () -> membership.ring().owners(pull.digest());
        if (pull.head()) {
            return candidates(owners).first(node -> nodes.apply(node).blob(pull));
        }
        Candidates candidates = candidates(() -> hot.order(pull.digest(), owners.get()));
        return body(pull, candidates).map(first -> resuming(pull, first, new Rest(pull, candidates)));
    }

    /** After a change of node nobody else has seen the whole of a body: then somebody must tell that it is right. */
    private static Blob resuming(BlobPull pull, Blob first, Rest rest) {
        return pull.ranges().isWhole() && !isPublished(first)
                ? new VerifiedBlob(new ResumingBlob(first, rest))
                : new AgreedBlob(first, rest);
    }

    /** Where the rest of a body comes from when a node breaks off in its middle. Confined to one context. */
    private final class Rest implements ResumingBlob.Sources {

        private final BlobPull pull;
        private final Candidates candidates;
        private int breaks;
        private int verdicts;

        Rest(BlobPull pull, Candidates candidates) {
            this.pull = pull;
            this.candidates = candidates;
        }

        @Override
        public Future<Blob> after(Blob failed, Throwable cause, long from) {
            if (!(cause instanceof NodeFailure broken) || ++breaks > MOST_BREAKS) {
                return Future.failedFuture(cause);
            }
            meters.broken();
            return isVerdict(failed, broken.node())
                    .compose(verdict -> verdict && ++verdicts > MOST_VERDICTS
                            ? Future.failedFuture(cause)
                            : body(pull.of(RangeRequest.from(from)), candidates));
        }

        /**
         * Whether it says something of the blob that {@code node} broke off: each node that is asked may fetch all of it
         * once more. What is published needs no fetch, and who has left the ring had to end.
         */
        private Future<Boolean> isVerdict(Blob failed, Node node) {
            return isPublished(failed) || !membership.ring().nodes().contains(node)
                    ? Future.succeededFuture(false)
                    : Contexts.here(vertx, health.isLost(node)).map(lost -> !lost);
        }
    }

    private Future<Blob> body(BlobPull pull, Candidates candidates) {
        return candidates.first(node -> counted(pull, node));
    }

    /** From the question on: whoever asks next must know of it. */
    private Future<Blob> counted(BlobPull pull, Node node) {
        Digest digest = pull.digest();
        hot.began(digest, node);
        return nodes.apply(node)
                .blob(pull)
                .<Blob>map(blob -> new CountedBlob(blob, () -> hot.ended(digest, node)))
                .onFailure(failure -> hot.ended(digest, node));
    }

    /** Whether the node that sends it has verified it all. */
    static boolean isPublished(Blob blob) {
        Tier tier = blob.origin().tier();
        return tier == Tier.DISK || tier == Tier.MEMORY;
    }

    private Candidates candidates(Supplier<List<Node>> owners) {
        return new Candidates(vertx, owners, health, meters);
    }
}
