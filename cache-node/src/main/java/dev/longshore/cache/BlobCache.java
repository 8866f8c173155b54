package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.DescribedBlob;
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
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where a blob comes from, in order: the disk; a fill that is under way; a fill that begins now, from a file that lies
 * there unverified, else from upstream; and past the disk when that has no space. At most one fill a digest.
 * Thread-safe.
 */
final class BlobCache {

    private final Vertx vertx;
    private final WorkerExecutor workers;
    private final DiskBlobStore store;
    private final Registry upstream;
    private final Entitlement entitlement;
    private final KnownSizes sizes;
    private final Map<Digest, Fill> fills = new ConcurrentHashMap<>();

    BlobCache(
            Vertx vertx,
            WorkerExecutor workers,
            DiskBlobStore store,
            Registry upstream,
            Entitlement entitlement,
            KnownSizes sizes) {
        this.vertx = vertx;
        this.workers = workers;
        this.store = store;
        this.upstream = upstream;
        this.entitlement = entitlement;
        this.sizes = sizes;
    }

    /** The descriptor alone: from here when the blob is here or on its way, else from the upstream. */
    Future<Blob> describe(BlobPull pull) {
        OptionalLong size = size(pull.digest());
        if (size.isEmpty()) {
            return upstream.blob(pull).onSuccess(found -> entitlement.grant(pull));
        }
        return entitlement.check(pull).map(may -> new DescribedBlob(pull.digest(), size, Origin.DISK));
    }

    private OptionalLong size(Digest digest) {
        OptionalLong here = store.size(digest);
        Fill fill = fills.get(digest);
        return here.isPresent() || fill == null ? here : fill.size();
    }

    Future<Blob> open(BlobPull pull) {
        return store.open(pull.digest())
                .compose(hit -> hit.map(blob -> entitled(pull, blob)).orElseGet(() -> follow(pull)));
    }

    private Future<Blob> entitled(BlobPull pull, Blob blob) {
        return entitlement.check(pull).map(blob).onFailure(refused -> blob.close());
    }

    private Future<Blob> follow(BlobPull pull) {
        Fill mine = new Fill(vertx, workers, pull.repository(), pull.digest());
        Fill other = fills.putIfAbsent(pull.digest(), mine);
        if (other != null) {
            return other.isOver() ? after(other, pull) : join(other, Origin.JOINED, pull);
        }
        mine.done().onComplete(end -> {
            if (end.failed()) {
                sizes.doubt(pull.digest());
            } else if (mine.proves(pull.repository())) {
                entitlement.grant(pull);
            }
            fills.remove(pull.digest(), mine);
        });
        if (store.size(pull.digest()).isPresent()) {
            // Another fill has ended between the look at the disk and now.
            mine.fail(new Fill.Needless());
            return open(pull);
        }
        Future<Blob> blob = join(mine, Origin.FILLED, pull);
        fill(mine, pull);
        return blob;
    }

    private void fill(Fill fill, BlobPull pull) {
        workers.executeBlocking(() -> store.foreign(pull.digest()), false)
                .onSuccess(found -> found.ifPresentOrElse(
                        fill::check, () -> fill.fetch(upstream, pull, store, sizes.find(pull.digest()))))
                .onFailure(fill::fail);
    }

    private Future<Blob> join(Fill fill, Origin origin, BlobPull pull) {
        return fill.opened()
                .transform(begun -> begun.succeeded()
                        ? entitled(fill, pull).compose(may -> reader(fill, origin, pull))
                        : otherwise(begun.cause(), fill, pull));
    }

    private Future<Void> entitled(Fill fill, BlobPull pull) {
        return fill.proves(pull.repository()) ? Future.succeededFuture() : entitlement.check(pull);
    }

    private Future<Blob> reader(Fill fill, Origin origin, BlobPull pull) {
        return fill.join(origin)
                .map(Future::succeededFuture)
                .orElseGet(() -> fill.done()
                        .transform(end -> end.succeeded() ? open(pull) : otherwise(end.cause(), fill, pull)));
    }

    private Future<Blob> otherwise(Throwable failure, Fill fill, BlobPull pull) {
        if (failure instanceof Fill.NoSpace) {
            return upstream.blob(pull).map(VerifiedBlob::new);
        }
        if (fill.isFor(pull.repository()) && !(failure instanceof Fill.Needless)) {
            return Future.failedFuture(failure);
        }
        // What one repository does not have, another may.
        return after(fill, pull);
    }

    /** Begins afresh when nothing is left of a fill that is over. */
    private Future<Blob> after(Fill fill, BlobPull pull) {
        return fill.done().otherwiseEmpty().compose(over -> open(pull));
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
