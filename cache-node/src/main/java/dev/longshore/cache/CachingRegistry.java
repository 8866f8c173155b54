package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BlobStore;
import dev.longshore.blob.MemoryBlobStore;
import dev.longshore.config.StorageSettings;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Purge;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RepositoryLinks;
import dev.longshore.oci.Tag;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an upstream has, kept on this node's disk, and in a bucket where there is one: each thing is fetched once and
 * served while the upstream is gone. Another node is answered from what is here alone. It keeps the promise that a digest
 * is served only under a repository that has it. Thread-safe.
 */
public final class CachingRegistry implements Registry {

    private static final Logger log = LoggerFactory.getLogger(CachingRegistry.class);
    private static final Duration SETTLING = Duration.ofMinutes(1);
    private static final Duration ORDERING = Duration.ofMinutes(10);
    private static final Duration TELLING = Duration.ofMinutes(1);

    private final Vertx vertx;
    private final WorkerExecutor workers;
    private final WorkerExecutor walker;
    private final DirectoryLock lock;
    private final DiskBlobStore store;
    private final BlobStore bucket;
    private final DiskLinks here;
    private final RepositoryLinks links;
    private final TagCache tags;
    private final BlobCache blobs;
    private final ManifestCache manifests;
    private final TaggedManifests tagged;
    private final ListingCache listings;
    private final NegativeCache refusals;
    private final Optional<WriteBehind> writeBehind;
    private final Optional<Uses> uses;

    private CachingRegistry(
            Vertx vertx,
            WorkerExecutor workers,
            StorageSettings storage,
            Map<String, UpstreamSettings> policies,
            Registry upstream,
            Tiers tiers,
            CacheMeters meters,
            Clock clock)
            throws IOException {
        Layout layout = new Layout(storage.directory().toAbsolutePath());
        this.vertx = vertx;
        this.workers = workers;
        this.walker = vertx.createSharedWorkerExecutor("longshore-walk", 1);
        this.lock = DirectoryLock.take(layout);
        this.store = DiskBlobStore.open(
                layout, storage.capacity().bytes(), storage.minFree().bytes(), workers, clock);
        meters.disk(store, storage.capacity().bytes());
        this.here = new DiskLinks(layout, workers, walker);
        this.writeBehind = tiers.bucket().isPresent()
                ? Optional.of(writeBehind(layout, here, tiers.bucket().get()))
                : Optional.empty();
        Uploads uploads = writeBehind.<Uploads>map(behind -> behind).orElse(Uploads.NONE);
        this.links = tiers.bucket()
                .<RepositoryLinks>map(bucket -> new TieredLinks(here, bucket.links(), uploads, clock))
                .orElse(here);
        // Who has no bucket has one that is empty.
        this.bucket = tiers.bucket().map(Bucket::blobs).orElseGet(() -> new MemoryBlobStore(vertx));
        Predicate<Digest> isHere = digest -> store.published(digest).isPresent();
        this.uses = tiers.bucket().flatMap(Bucket::reports).map(reports -> new Uses(reports, isHere, uploads, clock));
        this.tags = new TagCache(links, isHere, clock);
        KnownSizes sizes = new KnownSizes();
        this.refusals = new NegativeCache(clock);
        this.blobs = new BlobCache(
                vertx,
                workers,
                store,
                tiers,
                bucket,
                upstream,
                new Entitlement(vertx, links, upstream),
                sizes,
                uploads,
                meters);
        SmallBlobs contents = new SmallBlobs(vertx, store, bucket, uploads);
        this.manifests = new ManifestCache(vertx, store, contents, links, sizes, upstream);
        this.tagged = new TaggedManifests(manifests, tags, policies, clock);
        meters.uploads(this::pendingUploads);
        this.listings = new ListingCache(vertx, refusals, layout, workers, here, upstream, policies, clock);
    }

    private WriteBehind writeBehind(Layout layout, DiskLinks links, Bucket bucket) throws IOException {
        return new WriteBehind(
                vertx,
                walker,
                store,
                links,
                bucket,
                UploadJournal.open(layout.uploaded(), bucket.identity()),
                visitor -> {
                    store.published().map(Upload.OfBlob::new).forEach(visitor);
                    links.each(visitor);
                });
    }

    /**
     * Opens the cache in {@code storage}'s directory, which no other process may use. Blocking, but not for long.
     *
     * @param policies how long an upstream's tags stand, by its name
     * @param tiers what else may have a blob, before the upstream is asked
     * @throws IOException when the directory cannot be used, with a message for the operator
     */
    public static CachingRegistry open(
            Vertx vertx,
            StorageSettings storage,
            Map<String, UpstreamSettings> policies,
            Registry upstream,
            Tiers tiers,
            MeterRegistry meters,
            Clock clock)
            throws IOException {
        WorkerExecutor workers = vertx.createSharedWorkerExecutor("longshore-disk", 16);
        CachingRegistry cache =
                new CachingRegistry(vertx, workers, storage, policies, upstream, tiers, new CacheMeters(meters), clock);
        cache.keepHouse();
        return cache;
    }

    private void keepHouse() {
        work(walker, () -> {
            listings.adopt();
            store.adopt();
        });
        writeBehind.ifPresent(WriteBehind::start);
        vertx.setPeriodic(SETTLING.toMillis(), due -> work(workers, store::settle));
        vertx.setPeriodic(ORDERING.toMillis(), due -> work(walker, store::saveOrder));
        uses.ifPresent(served -> vertx.setPeriodic(TELLING.toMillis(), due -> tell(served)));
    }

    private static Future<Void> tell(Uses served) {
        return served.tell()
                .onFailure(failure -> log.debug("cannot tell the bucket what was used: {}", failure.toString()))
                .otherwiseEmpty();
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
        if (pull.caller().peer()) {
            return manifests.getForPeer(pull);
        }
        return refusals.unlessRefused(
                        List.of("manifest", pull.repository(), pull.reference()),
                        () -> pull.reference() instanceof Tag tag
                                ? tagged.get(pull, tag)
                                : manifests.get(pull, (Digest) pull.reference()))
                .onSuccess(manifest -> uses.ifPresent(served -> served.of(manifest)));
    }

    @Override
    public Future<Blob> blob(BlobPull pull) {
        if (pull.caller().peer()) {
            return pull.head() ? blobs.describeForPeer(pull) : blobs.openForPeer(pull);
        }
        return refusals.unlessRefused(
                        List.of("blob", pull.repository(), pull.digest()),
                        () -> pull.head() ? blobs.describe(pull) : blobs.open(pull))
                .onSuccess(blob -> uses.ifPresent(served -> served.of(blob.digest())));
    }

    @Override
    public Future<Listing> listing(ListingPull pull) {
        return listings.get(pull);
    }

    /**
     * Forgets, here and in the bucket, what {@code purge} covers; completes with how people call it. Content goes only
     * when it was named by its digest: another repository may have it too, and nobody else gets it.
     */
    public Future<Set<String>> purge(Purge purge) {
        List<Digest> contents = purge.contents().stream()
                .filter(content -> store.since(content).map(purge::covers).orElse(true))
                .toList();
        Set<String> names = new TreeSet<>();
        contents.stream()
                .filter(content -> store.since(content).isPresent())
                .forEach(content -> names.add(content.toString()));
        return links.purge(purge)
                // Also when the bucket cannot be asked: what can go goes.
                .eventually(() -> purge.dryRun() ? Future.<Void>succeededFuture() : forget(purge, contents))
                .map(linked -> {
                    names.addAll(linked);
                    return names;
                });
    }

    private Future<Void> forget(Purge purge, List<Digest> contents) {
        tags.purge(purge);
        return Future.join(contents.stream()
                        .flatMap(content -> Stream.of(store.delete(content), bucket.delete(content)))
                        .toList())
                .mapEmpty();
    }

    /** What keeps this node from caching; empty when nothing does. Pulls are answered all the same. */
    public Future<Optional<String>> problem() {
        return workers.executeBlocking(store::problem, false);
    }

    /** How many things wait to be uploaded to the bucket. */
    public int pendingUploads() {
        return writeBehind.map(WriteBehind::pending).orElse(0);
    }

    /** Completes when no fill is under way, or {@code patience} is over. */
    public Future<Void> filled(Duration patience) {
        return blobs.settled()
                .timeout(Math.max(1, patience.toMillis()), TimeUnit.MILLISECONDS)
                .otherwiseEmpty();
    }

    /**
     * Completes when no fill is under way, the bucket has everything and knows what was used, or {@code patience} is
     * over.
     */
    public Future<Void> flush(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        Future<Void> told = uses.map(CachingRegistry::tell).orElseGet(Future::succeededFuture);
        return writeBehind
                .map(behind ->
                        filled(patience).compose(filled -> behind.flush(Duration.ofMillis(millisUntil(deadline)))))
                .orElseGet(Future::succeededFuture)
                .eventually(() -> told.timeout(millisUntil(deadline), TimeUnit.MILLISECONDS)
                        .otherwiseEmpty());
    }

    /** At least one: what is over already is asked after once more. */
    private static long millisUntil(long deadline) {
        return Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
    }

    /** Ends what is under way, and leaves the directory to the next process. */
    public Future<Void> close() {
        return blobs.close()
                .eventually(here::settled)
                .eventually(walker::close)
                .eventually(() -> work(workers, () -> {
                    writeBehind.ifPresent(WriteBehind::close);
                    store.close();
                    lock.release();
                }))
                .eventually(workers::close);
    }
}
