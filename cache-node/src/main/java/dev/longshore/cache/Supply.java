package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BlobStore;
import dev.longshore.blob.RangeRequest;
import dev.longshore.blob.ResumingBlob;
import dev.longshore.cluster.Node;
import dev.longshore.http.Contexts;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Registry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the bytes of one blob come from, in this order: the node that is fetching it, the bucket, the nodes that may have
 * it, the upstream. Each is asked once; when one fails in the middle, the next continues. What is not the upstream's own
 * answer is given only to a repository that has the blob.
 *
 * <p>Nodes that wait for each other would wait for ever. So while a node asks others, and as long as its bytes come from
 * one, it answers for nobody: {@link #mayServePeers}.
 *
 * <p>Confined to one context, but for what it says of itself.
 */
final class Supply implements ResumingBlob.Sources {

    private static final Logger log = LoggerFactory.getLogger(Supply.class);
    private static final Duration PEER_PATIENCE = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final Tiers tiers;
    private final BlobStore bucket;
    private final Registry upstream;
    private final Entitlement entitlement;
    private final BlobPull pull;
    private final Set<Object> asked = new HashSet<>();
    private volatile boolean asksPeers;
    private volatile Origin origin = Origin.FILLED;
    private volatile boolean fromBucket;
    private boolean leased;
    private boolean closed;

    Supply(Vertx vertx, Tiers tiers, BlobStore bucket, Registry upstream, Entitlement entitlement, BlobPull pull) {
        this.vertx = vertx;
        this.tiers = tiers;
        this.bucket = bucket;
        this.upstream = upstream;
        this.entitlement = entitlement;
        this.pull = pull;
    }

    /** Where the bytes come from now. */
    Origin origin() {
        return origin;
    }

    /** Whether the upstream gives the blob under the repository it was pulled from. */
    boolean isUpstream() {
        return origin.equals(Origin.UPSTREAM);
    }

    /** Whether another node may be answered from what comes. */
    boolean mayServePeers() {
        return !asksPeers && !origin.equals(Origin.PEER);
    }

    /** The blob from the first source that has it; fails as the upstream answers when none of the others does. */
    Future<Blob> open(RangeRequest first) {
        BlobPull wanted = pull.of(first);
        return holder(wanted)
                .compose(found -> or(found, () -> bucket()))
                .compose(found -> or(found, () -> peers(wanted)))
                .compose(found -> found.map(Future::succeededFuture).orElseGet(() -> upstream(wanted)));
    }

    @Override
    public Future<Blob> after(Blob failed, Throwable cause, long from) {
        log.info("{} broke at byte {} of {}: {}", origin.tier(), from, pull.digest(), cause.toString());
        if (isUpstream()) {
            return Future.failedFuture(cause);
        }
        return open(RangeRequest.of(from, (from / Fetch.SEGMENT + 1) * Fetch.SEGMENT));
    }

    /** The upstream's once more, from byte {@code from} on. */
    Future<Blob> again(long from) {
        return upstream(pull.of(new RangeRequest(List.of(new RangeRequest.Spec(from, -1)))));
    }

    private static Future<Optional<Blob>> or(Optional<Blob> found, Supplier<Future<Optional<Blob>>> otherwise) {
        return found.isPresent() ? Future.succeededFuture(found) : otherwise.get();
    }

    private Future<Optional<Blob>> holder(BlobPull wanted) {
        return Contexts.here(vertx, take())
                .compose(holder -> holder.isPresent() && asked.add(holder.get())
                        ? asking(peer(holder.get(), wanted))
                        : Future.succeededFuture(Optional.empty()));
    }

    private synchronized Future<Optional<Node>> take() {
        if (leased || closed) {
            return Future.succeededFuture(Optional.empty());
        }
        return tiers.leases().take(pull.digest()).otherwise(Optional.empty()).onSuccess(this::taken);
    }

    private synchronized void taken(Optional<Node> holder) {
        leased = holder.isEmpty();
        if (closed) {
            release();
        }
    }

    private Future<Optional<Blob>> bucket() {
        if (!asked.add(bucket)) {
            return Future.succeededFuture(Optional.empty());
        }
        return bucket.open(pull.digest())
                .recover(this::missed)
                .compose(this::entitled)
                .onSuccess(found -> found.ifPresent(blob -> {
                    origin = Origin.S3;
                    fromBucket = true;
                }));
    }

    private Future<Optional<Blob>> peers(BlobPull wanted) {
        List<Node> others =
                tiers.peers().apply(pull.digest()).stream().filter(asked::add).toList();
        return others.isEmpty() ? Future.succeededFuture(Optional.empty()) : asking(first(others.iterator(), wanted));
    }

    private Future<Optional<Blob>> first(Iterator<Node> others, BlobPull wanted) {
        return within(PEER_PATIENCE, peer(others.next(), wanted))
                .compose(found -> or(
                        found,
                        () -> others.hasNext() ? first(others, wanted) : Future.succeededFuture(Optional.empty())));
    }

    private Future<Optional<Blob>> peer(Node node, BlobPull wanted) {
        BlobPull ours = new BlobPull(
                new Caller(pull.caller().address(), true), pull.repository(), pull.digest(), false, wanted.ranges());
        return Contexts.here(vertx, tiers.node().apply(node).blob(ours))
                .map(Optional::of)
                .recover(this::missed);
    }

    /** A node that is on its knees is not waited for; what it gives later is of no use. */
    private static Future<Optional<Blob>> within(Duration patience, Future<Optional<Blob>> asked) {
        return asked.timeout(patience.toMillis(), TimeUnit.MILLISECONDS).recover(late -> {
            if (asked.failed()) {
                return Future.failedFuture(late);
            }
            asked.onSuccess(found -> found.ifPresent(Blob::close));
            return Future.succeededFuture(Optional.empty());
        });
    }

    private Future<Optional<Blob>> asking(Future<Optional<Blob>> peers) {
        asksPeers = true;
        return peers.compose(this::entitled)
                .onSuccess(found -> found.ifPresent(blob -> origin = Origin.PEER))
                .onComplete(end -> asksPeers = false);
    }

    private Future<Optional<Blob>> missed(Throwable failure) {
        log.debug("{} is not to be had: {}", pull.digest(), failure.toString());
        return Future.succeededFuture(Optional.empty());
    }

    private Future<Optional<Blob>> entitled(Optional<Blob> found) {
        return found.isEmpty()
                ? Future.succeededFuture(found)
                : entitlement
                        .check(pull)
                        .map(found)
                        .onFailure(refused -> found.get().close());
    }

    private Future<Blob> upstream(BlobPull wanted) {
        return upstream.blob(wanted).onSuccess(found -> origin = Origin.UPSTREAM);
    }

    /** Notes that the repository has the blob, if it was the upstream that gave it. */
    Future<Void> link() {
        return isUpstream() ? entitlement.grant(pull) : Future.succeededFuture();
    }

    /** The bytes were wrong: what the bucket has under that name is of no use to anybody. */
    void distrust() {
        if (fromBucket) {
            Digest digest = pull.digest();
            log.warn("deleting {} from the bucket: its bytes are not those of its digest", digest);
            bucket.delete(digest).onFailure(failure -> log.warn("cannot delete {}: {}", digest, failure.toString()));
        }
    }

    /** Lets others fetch the blob: nothing more comes from here. From any thread. */
    synchronized void close() {
        closed = true;
        release();
    }

    private void release() {
        if (leased) {
            leased = false;
            tiers.leases().release(pull.digest());
        }
    }
}
