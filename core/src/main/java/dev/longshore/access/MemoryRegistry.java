package dev.longshore.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.BytesBlob;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Freshness;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Purge;
import dev.longshore.oci.Reference;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers small immutable content from memory: manifests by digest, image configurations, and what a tag pointed to for
 * as long as the inner registry vouched for it. The keys carry the repository, so nothing is known under a repository
 * that did not give it. Thread-safe.
 */
public final class MemoryRegistry implements Registry {

    /** Who keeps manifests, and throws away what is not used, has to hear of one that is. */
    private static final Duration ASKED_AGAIN = Duration.ofMinutes(30);

    private static final int MAX_BLOB = 64 * 1024;

    private final Registry inner;
    private final Clock clock;
    private final Cache<Key, Buffer> blobs;
    private final Cache<Key, Manifest> manifests;
    private final AtomicInteger purges = new AtomicInteger();

    private record Key(RepositoryName repository, Reference reference) {}

    /**
     * Remembers what {@code inner} answers.
     *
     * @param capacity in bytes
     */
    public MemoryRegistry(Registry inner, Clock clock, long capacity) {
        this.inner = inner;
        this.clock = clock;
        this.blobs = Caffeine.newBuilder()
                .maximumWeight(capacity / 2)
                .weigher((Key key, Buffer bytes) -> bytes.length() + 512)
                .build();
        this.manifests = Caffeine.newBuilder()
                .expireAfterWrite(ASKED_AGAIN)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .maximumWeight(capacity / 2)
                .weigher((Key key, Manifest manifest) ->
                        manifest.content().map(Buffer::length).orElse(0) + 512)
                .build();
    }

    @Override
    public Future<Manifest> manifest(ManifestPull pull) {
        Key key = new Key(pull.repository(), pull.reference());
        Manifest known = manifests.getIfPresent(key);
        if (known != null && isFresh(known)) {
            return Future.succeededFuture(known);
        }
        int before = purges.get();
        return inner.manifest(pull).onSuccess(manifest -> {
            if (isAsOf(before)) {
                remember(key, manifest);
            }
        });
    }

    /** Whether nothing was purged since: what was asked for before that is not remembered after it. */
    private boolean isAsOf(int before) {
        return purges.get() == before;
    }

    private boolean isFresh(Manifest manifest) {
        return manifest.freshness()
                .map(Freshness::freshUntil)
                .map(clock.instant()::isBefore)
                .orElse(true);
    }

    private void remember(Key key, Manifest manifest) {
        boolean lasting =
                (key.reference instanceof Digest || manifest.freshness().isPresent())
                        && !MediaTypes.isSchema1(manifest.descriptor().mediaType());
        if (lasting && manifest.content().isPresent() && isFresh(manifest)) {
            boolean stale = manifest.origin().cache() == Origin.Cache.STALE;
            manifests.put(key, stale ? manifest : manifest.from(Origin.MEMORY));
        }
    }

    @Override
    public Future<Blob> blob(BlobPull pull) {
        Key key = new Key(pull.repository(), pull.digest());
        Buffer known = blobs.getIfPresent(key);
        if (known != null) {
            return Future.succeededFuture(new BytesBlob(pull.digest(), known, Origin.MEMORY));
        }
        int before = purges.get();
        return inner.blob(pull)
                .compose(blob -> isSmallHit(pull, blob) ? load(key, blob, before) : Future.succeededFuture(blob));
    }

    private static boolean isSmallHit(BlobPull pull, Blob blob) {
        return !pull.head()
                && blob.origin().tier() == Origin.Tier.DISK
                && blob.size().orElse(MAX_BLOB) < MAX_BLOB;
    }

    private Future<Blob> load(Key key, Blob blob, int before) {
        Buffer bytes = Buffer.buffer((int) blob.size().orElse(0));
        return blob.pipeTo(new MemorySink(bytes), ByteRange.whole(blob.size().orElse(0)))
                .onComplete(done -> blob.close())
                .map(done -> {
                    if (isAsOf(before)) {
                        blobs.put(key, bytes);
                    }
                    return new BytesBlob(blob.digest(), bytes, blob.origin());
                });
    }

    @Override
    public Future<Listing> listing(ListingPull pull) {
        return inner.listing(pull);
    }

    /** Forgets what {@code purge} covers, and every tag that points to it. */
    public void purge(Purge purge) {
        if (purge.dryRun()) {
            return;
        }
        purges.incrementAndGet();
        blobs.asMap().keySet().removeIf(key -> purge.covers(key.repository, key.reference));
        manifests
                .asMap()
                .entrySet()
                .removeIf(each -> purge.covers(each.getKey().repository, each.getKey().reference)
                        || purge.contents()
                                .contains(each.getValue().descriptor().digest()));
    }

    /** Forgets everything: nobody knows what was purged meanwhile. */
    public void clear() {
        purges.incrementAndGet();
        blobs.invalidateAll();
        manifests.invalidateAll();
    }

    /** Collects a small blob. A file of at most 64 KiB is read at once: it has just been opened, and is read once. */
    private record MemorySink(Buffer bytes) implements BodySink {

        @Override
        public Future<Void> write(Buffer more) {
            bytes.appendBuffer(more);
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            ByteBuffer read = ByteBuffer.allocate((int) length);
            try {
                while (read.hasRemaining()) {
                    if (file.read(read, position + read.position()) < 0) {
                        return Future.failedFuture(new IOException("the file has become shorter"));
                    }
                }
            } catch (IOException e) {
                return Future.failedFuture(e);
            }
            return write(Buffer.buffer(read.array()));
        }
    }
}
