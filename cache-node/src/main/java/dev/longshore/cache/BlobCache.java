package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.cache.DiskBlobStore.Draft;
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
import java.util.function.Function;

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
    private final Function<Digest, OptionalLong> expectedSize;
    private final Map<Digest, Fill> fills = new ConcurrentHashMap<>();

    /**
     * A cache over {@code store}.
     *
     * @param expectedSize what is known of a blob's size before its source tells
     */
    BlobCache(
            Vertx vertx,
            WorkerExecutor workers,
            DiskBlobStore store,
            Registry upstream,
            Function<Digest, OptionalLong> expectedSize) {
        this.vertx = vertx;
        this.workers = workers;
        this.store = store;
        this.upstream = upstream;
        this.expectedSize = expectedSize;
    }

    /** The size of a blob that is here or on its way. */
    OptionalLong size(Digest digest) {
        Optional<Long> here = store.size(digest);
        if (here.isPresent()) {
            return OptionalLong.of(here.get());
        }
        Fill fill = fills.get(digest);
        return fill == null ? OptionalLong.empty() : fill.size();
    }

    Future<Blob> open(BlobPull pull) {
        return store.open(pull.digest())
                .compose(hit -> hit.map(Future::succeededFuture).orElseGet(() -> follow(pull)));
    }

    private Future<Blob> follow(BlobPull pull) {
        Fill mine = new Fill(vertx, workers, pull.digest());
        Fill other = fills.putIfAbsent(pull.digest(), mine);
        if (other != null) {
            return join(other, Origin.JOINED, pull);
        }
        mine.done().onComplete(end -> fills.remove(pull.digest(), mine));
        if (store.size(pull.digest()).isPresent()) {
            // Another fill has ended between the look at the disk and now.
            mine.fail(new RegistryException(ErrorCode.UNAVAILABLE));
            return open(pull);
        }
        Future<Blob> blob = join(mine, Origin.FILLED, pull);
        fill(mine, pull);
        return blob;
    }

    private void fill(Fill fill, BlobPull pull) {
        workers.<Optional<Draft>>executeBlocking(() -> store.foreign(pull.digest()), false)
                .onSuccess(found -> found.ifPresentOrElse(
                        fill::check, () -> fill.fetch(upstream, pull, store, expectedSize.apply(pull.digest()))))
                .onFailure(fill::fail);
    }

    private Future<Blob> join(Fill fill, Origin origin, BlobPull pull) {
        return fill.opened()
                .compose(ready -> fill.join(origin)
                        .map(Future::succeededFuture)
                        .orElseGet(() -> fill.done().compose(published -> open(pull))))
                .recover(failure -> failure instanceof Fill.NoSpace ? past(pull) : Future.failedFuture(failure));
    }

    private Future<Blob> past(BlobPull pull) {
        return upstream.blob(pull).map(VerifiedBlob::new);
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
