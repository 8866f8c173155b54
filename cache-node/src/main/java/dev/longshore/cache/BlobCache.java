package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BlobStore;
import dev.longshore.blob.DescribedBlob;
import dev.longshore.blob.ResumingBlob;
import dev.longshore.blob.VerifiedBlob;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Where a blob comes from, in order: the disk; a fill that is under way; a fill that begins now, from a file that lies
 * there unverified, else from its {@link Supply}; and past the disk when that has no space. At most one fill a digest.
 * Thread-safe.
 */
final class BlobCache {

    private final Vertx vertx;
    private final WorkerExecutor workers;
    private final DiskBlobStore store;
    private final Tiers tiers;
    private final BlobStore bucket;
    private final Registry upstream;
    private final Entitlement entitlement;
    private final KnownSizes sizes;
    private final Uploads uploads;
    private final CacheMeters meters;
    private final Map<Digest, Fill> fills = new ConcurrentHashMap<>();

    BlobCache(
            Vertx vertx,
            WorkerExecutor workers,
            DiskBlobStore store,
            Tiers tiers,
            BlobStore bucket,
            Registry upstream,
            Entitlement entitlement,
            KnownSizes sizes,
            Uploads uploads,
            CacheMeters meters) {
        this.vertx = vertx;
        this.workers = workers;
        this.store = store;
        this.tiers = tiers;
        this.bucket = bucket;
        this.upstream = upstream;
        this.entitlement = entitlement;
        this.sizes = sizes;
        this.uploads = uploads;
        this.meters = meters;
        meters.fills(fills::size);
    }

    /** The descriptor alone: from here when the blob is here or on its way, else from the bucket or the upstream. */
    Future<Blob> describe(BlobPull pull) {
        OptionalLong here = size(pull.digest());
        if (here.isPresent()) {
            return described(pull, here, Origin.DISK);
        }
        return bucket.size(pull.digest())
                .otherwise(OptionalLong.empty())
                .compose(there -> there.isPresent()
                        ? described(pull, there, Origin.S3)
                        : upstream.blob(pull)
                                .onSuccess(found -> entitlement.grant(pull))
                                .recover(failure -> adopted(pull, failure)));
    }

    /** A file that nobody has hashed yet is only told of when the upstream cannot be asked: hashing may take long. */
    private Future<Blob> adopted(BlobPull pull, Throwable failure) {
        boolean unreachable = failure instanceof RegistryException outage && outage.unreachable();
        if (!unreachable || store.since(pull.digest()).isEmpty()) {
            return Future.failedFuture(failure);
        }
        return open(pull.asGet()).map(blob -> {
            blob.close();
            return new DescribedBlob(pull.digest(), blob.size(), blob.origin());
        });
    }

    private Future<Blob> described(BlobPull pull, OptionalLong size, Origin origin) {
        return entitlement.check(pull).map(may -> new DescribedBlob(pull.digest(), size, origin));
    }

    private OptionalLong size(Digest digest) {
        OptionalLong here = store.published(digest);
        Fill fill = fills.get(digest);
        return here.isPresent() || fill == null ? here : fill.size();
    }

    /** What another node is given: the blob from this disk, or from a fill of this node's own. */
    Future<Blob> openForPeer(BlobPull pull) {
        return store.open(pull.digest()).compose(hit -> {
            Fill fill = fills.get(pull.digest());
            if (hit.isPresent() || fill == null || !fill.mayServePeers()) {
                return found(hit);
            }
            return fill.opened().otherwiseEmpty().compose(begun -> shared(fill, pull.digest()));
        });
    }

    private Future<Blob> shared(Fill fill, Digest digest) {
        if (!fill.mayServePeers()) {
            return found(Optional.empty());
        }
        return fill.join(Origin.JOINED)
                .map(Future::succeededFuture)
                .orElseGet(() -> fill.done()
                        .otherwiseEmpty()
                        .compose(over -> store.open(digest))
                        .compose(BlobCache::found));
    }

    private static Future<Blob> found(Optional<Blob> blob) {
        return blob.map(Future::succeededFuture)
                .orElseGet(() -> Future.failedFuture(new RegistryException(ErrorCode.BLOB_UNKNOWN)));
    }

    /** The descriptor of what {@link #openForPeer} gives. */
    Future<Blob> describeForPeer(BlobPull pull) {
        OptionalLong size = size(pull.digest());
        return found(
                size.isPresent() ? Optional.of(new DescribedBlob(pull.digest(), size, Origin.DISK)) : Optional.empty());
    }

    Future<Blob> open(BlobPull pull) {
        return store.open(pull.digest())
                .compose(hit -> hit.map(blob -> entitled(pull, blob)).orElseGet(() -> follow(pull)));
    }

    private Future<Blob> entitled(BlobPull pull, Blob blob) {
        return entitlement.check(pull).map(blob).onFailure(refused -> blob.close());
    }

    private Future<Blob> follow(BlobPull pull) {
        Supply supply = new Supply(vertx, tiers, bucket, upstream, entitlement, pull);
        Fill mine = new Fill(vertx, workers, pull, supply);
        Fill other = fills.putIfAbsent(pull.digest(), mine);
        if (other != null) {
            if (other.isOver()) {
                return after(other, pull);
            }
            meters.joined();
            return join(other, () -> Origin.JOINED, pull);
        }
        mine.done().onComplete(end -> {
            supply.close();
            if (end.failed()) {
                meters.failed(end.cause());
                sizes.doubt(pull.digest());
            } else {
                uploads.add(new Upload.OfBlob(pull.digest()));
            }
            fills.remove(pull.digest(), mine);
        });
        if (store.published(pull.digest()).isPresent()) {
            // Another fill has ended between the look at the disk and now.
            mine.fail(new Fill.Needless());
            return open(pull);
        }
        Future<Blob> blob = join(mine, mine::origin, pull);
        fill(mine, pull);
        return blob;
    }

    private void fill(Fill fill, BlobPull pull) {
        workers.executeBlocking(() -> store.drafts().foreign(pull.digest()), false)
                .onSuccess(found -> found.ifPresentOrElse(
                        fill::check,
                        () -> fill.fetch(pull.ranges().firstByte().orElse(0), store, sizes.find(pull.digest()))))
                .onFailure(fill::fail);
    }

    private Future<Blob> join(Fill fill, Supplier<Origin> origin, BlobPull pull) {
        return fill.opened()
                .transform(begun -> begun.succeeded()
                        ? entitled(fill, pull).compose(may -> reader(fill, origin, pull))
                        : otherwise(begun.cause(), fill, pull));
    }

    private Future<Void> entitled(Fill fill, BlobPull pull) {
        return fill.proves(pull.repository()) ? Future.succeededFuture() : entitlement.check(pull);
    }

    private Future<Blob> reader(Fill fill, Supplier<Origin> origin, BlobPull pull) {
        return fill.join(origin.get())
                .map(Future::succeededFuture)
                .orElseGet(() -> fill.done()
                        .transform(end -> end.succeeded() ? open(pull) : otherwise(end.cause(), fill, pull)));
    }

    private Future<Blob> otherwise(Throwable failure, Fill fill, BlobPull pull) {
        if (failure instanceof Fill.NoSpace) {
            return past(pull).map(VerifiedBlob::new);
        }
        if (fill.isFor(pull.repository()) && !(failure instanceof Fill.Needless)) {
            return Future.failedFuture(failure);
        }
        // What one repository does not have, another may.
        return after(fill, pull);
    }

    /** Past the disk: nothing is kept, so nobody else need wait for it. */
    private Future<Blob> past(BlobPull pull) {
        Supply supply = new Supply(vertx, tiers.withoutLeases(), bucket, upstream, entitlement, pull);
        return supply.open(pull.ranges()).map(blob -> new ResumingBlob(blob, new Reopened(vertx, supply)));
    }

    /** Begins afresh when nothing is left of a fill that is over. */
    private Future<Blob> after(Fill fill, BlobPull pull) {
        return fill.done().otherwiseEmpty().compose(over -> open(pull));
    }

    /** Completes when the fills that are under way now are over. */
    Future<Void> settled() {
        return Future.join(fills.values().stream()
                        .map(fill -> fill.done().otherwiseEmpty())
                        .toList())
                .mapEmpty();
    }

    /** Ends every fill. Completes when nothing of them is left. */
    Future<Void> close() {
        RegistryException stopping = new RegistryException(ErrorCode.UNAVAILABLE, "the mirror is stopping");
        List<Future<Void>> ends = fills.values().stream()
                .map(fill -> {
                    fill.fail(stopping);
                    return fill.done().otherwiseEmpty();
                })
                .toList();
        return Future.join(ends).mapEmpty();
    }
}
