package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.config.StorageSettings;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Registry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an upstream has, kept on this node's disk: each thing is fetched once and served while the upstream is gone. It
 * keeps the promise that a digest is served only under a repository that has it. Thread-safe.
 */
public final class CachingRegistry implements Registry {

    private static final Duration SETTLING = Duration.ofMinutes(1);
    private static final Duration ORDERING = Duration.ofMinutes(10);

    private final Vertx vertx;
    private final WorkerExecutor workers;
    private final WorkerExecutor walker;
    private final DirectoryLock lock;
    private final DiskBlobStore store;
    private final BlobCache blobs;
    private final ManifestCache manifests;
    private final ListingCache listings;
    private final NegativeCache refusals;

    private CachingRegistry(
            Vertx vertx,
            WorkerExecutor workers,
            StorageSettings storage,
            Map<String, UpstreamSettings> policies,
            Registry upstream,
            Clock clock)
            throws IOException {
        Layout layout = new Layout(storage.directory().toAbsolutePath());
        this.walker = vertx.createSharedWorkerExecutor("longshore-walk", 1);
        Links links = new Links(layout, workers, walker);
        KnownSizes sizes = new KnownSizes();
        this.vertx = vertx;
        this.workers = workers;
        this.lock = DirectoryLock.take(layout);
        this.store = DiskBlobStore.open(
                layout, storage.capacity().bytes(), storage.minFree().bytes(), workers, clock);
        this.refusals = new NegativeCache(clock);
        this.blobs = new BlobCache(vertx, workers, store, upstream, new Entitlement(vertx, links, upstream), sizes);
        this.manifests =
                new ManifestCache(vertx, store, links, new TagCache(links, clock), sizes, upstream, policies, clock);
        this.listings = new ListingCache(vertx, refusals, layout, workers, links, upstream, policies, clock);
    }

    /**
     * Opens the cache in {@code storage}'s directory, which no other process may use. Blocking, but not for long.
     *
     * @param policies how long an upstream's tags stand, by its name
     * @throws IOException when the directory cannot be used, with a message for the operator
     */
    public static CachingRegistry open(
            Vertx vertx,
            StorageSettings storage,
            Map<String, UpstreamSettings> policies,
            Registry upstream,
            Clock clock)
            throws IOException {
        WorkerExecutor workers = vertx.createSharedWorkerExecutor("longshore-disk", 16);
        CachingRegistry cache = new CachingRegistry(vertx, workers, storage, policies, upstream, clock);
        cache.keepHouse();
        return cache;
    }

    private void keepHouse() {
        work(walker, () -> {
            listings.adopt();
            store.adopt();
        });
        vertx.setPeriodic(SETTLING.toMillis(), due -> work(workers, store::settle));
        vertx.setPeriodic(ORDERING.toMillis(), due -> work(walker, store::saveOrder));
    }

    private static Future<Void> work(WorkerExecutor where, Runnable task) {
        return where.executeBlocking(
                () -> {
                    task.run();
                    return null;
                },
                false);
    }

    @Override
    public Future<Manifest> manifest(ManifestPull pull) {
        return refusals.unlessRefused(
                List.of("manifest", pull.repository(), pull.reference()), () -> manifests.get(pull));
    }

    @Override
    public Future<Blob> blob(BlobPull pull) {
        return refusals.unlessRefused(
                List.of("blob", pull.repository(), pull.digest()),
                () -> pull.head() ? blobs.describe(pull) : blobs.open(pull));
    }

    @Override
    public Future<Listing> listing(ListingPull pull) {
        return listings.get(pull);
    }

    /** What keeps this node from caching; empty when nothing does. Pulls are answered all the same. */
    public Future<Optional<String>> problem() {
        return workers.executeBlocking(store::problem, false);
    }

    /** Ends what is under way, and leaves the directory to the next process. */
    public Future<Void> close() {
        return blobs.close()
                .eventually(walker::close)
                .eventually(() -> work(workers, () -> {
                    store.close();
                    lock.release();
                }))
                .eventually(workers::close);
    }
}
