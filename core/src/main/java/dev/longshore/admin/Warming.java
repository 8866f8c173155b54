package dev.longshore.admin;

import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.RangeRequest;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Brings whole images into a cache by pulling them through it: first all their manifests, so that it is known how much
 * there is, then their blobs, each once, a few side by side. The law: an image is complete when the cache says of each of
 * its blobs that it lies on a disk, verified; that one is on its way, or was passed through, is not enough. Confined to
 * one context.
 */
public final class Warming {

    private static final int SIDE_BY_SIDE = 6;

    /** Who has read a blob to its end finds it on the disk, unless it was passed through; once may be bad luck. */
    private static final int MOST_READS = 2;

    private final Registry cache;
    private final Set<Platform> platforms;
    private final Consumer<Image> progress;
    private final Queue<Supplier<Future<Void>>> waiting = new ArrayDeque<>();
    private final Map<Key, Wanted> blobs = new LinkedHashMap<>();
    private boolean stopped;

    private record Key(RepositoryName repository, Digest digest) {}

    /** A blob, and those whose it is. */
    private record Wanted(BlobPull pull, long size, Set<Image> of) {}

    /**
     * Warms {@code cache}, which answers from where content is kept, and not from a memory before that.
     *
     * @param platforms which of an index's images are meant; empty = all of them
     * @param progress told whenever something has changed
     */
    public Warming(Registry cache, Set<Platform> platforms, Consumer<Image> progress) {
        this.cache = cache;
        this.platforms = platforms;
        this.progress = progress;
    }

    /** One image, and how far it is. Confined to the warming's context. */
    public static final class Image {

        private final String name;
        private final ManifestPull pull;
        private long size;
        private long come;
        private int missing;
        private boolean known;
        private Optional<String> problem = Optional.empty();

        /** @param name as its operator calls it */
        public Image(String name, ManifestPull pull) {
            this.name = name;
            this.pull = pull;
        }

        public String name() {
            return name;
        }

        /** In bytes; 0 until its manifests are known. */
        public long size() {
            return size;
        }

        /** How many of its bytes have come. */
        public long come() {
            return come;
        }

        /** Why it will not be complete. */
        public Optional<String> problem() {
            return problem;
        }

        /** Whether everything is in. */
        public boolean isComplete() {
            return known && missing == 0 && problem.isEmpty();
        }
    }

    /** Completes when nothing more can be done for any of {@code images}; never fails: each says how it went. */
    public Future<Void> run(Collection<Image> images) {
        images.forEach(image -> waiting.add(() -> resolve(image)));
        return work().compose(resolved -> {
            blobs.values().forEach(blob -> waiting.add(() -> bring(blob)));
            return work();
        });
    }

    /** Begins nothing more: nobody wants to know. What is on its way still comes. */
    public void stop() {
        stopped = true;
    }

    private Future<Void> work() {
        return Future.join(IntStream.range(0, SIDE_BY_SIDE)
                        .mapToObj(lane -> next())
                        .toList())
                .mapEmpty();
    }

    private Future<Void> next() {
        Promise<Void> over = Promise.promise();
        next(over);
        return over.future();
    }

    /** Not a chain of futures: it would be as deep as there are blobs. */
    private void next(Promise<Void> over) {
        Future<Void> done = Future.succeededFuture();
        while (done.isComplete()) {
            Supplier<Future<Void>> work = stopped ? null : waiting.poll();
            if (work == null) {
                over.complete();
                return;
            }
            done = Future.succeededFuture().compose(now -> work.get());
        }
        done.onComplete(end -> next(over));
    }

    private Future<Void> resolve(Image image) {
        return manifests(image, image.pull, new HashSet<>())
                .onSuccess(all -> image.known = true)
                .recover(failure -> failed(image, failure))
                .onComplete(end -> progress.accept(image));
    }

    private Future<Void> manifests(Image image, ManifestPull pull, Set<Digest> seen) {
        return cache.manifest(pull).compose(manifest -> {
            if (!seen.add(manifest.descriptor().digest())) {
                return Future.succeededFuture();
            }
            Contents contents = contents(manifest);
            image.size += manifest.descriptor().size();
            image.come += manifest.descriptor().size();
            contents.blobs().forEach(part -> want(image, part));
            Future<Void> before = Future.succeededFuture();
            for (Digest child : contents.manifests()) {
                before = before.compose(done -> manifests(image, pull.of(child), seen));
            }
            return before;
        });
    }

    private Contents contents(Manifest manifest) {
        return Contents.of(
                manifest.content().orElseThrow(), manifest.descriptor().mediaType(), platforms);
    }

    private void want(Image image, Contents.Part part) {
        RepositoryName repository = image.pull.repository();
        Wanted wanted = blobs.computeIfAbsent(
                new Key(repository, part.digest()),
                first -> new Wanted(
                        new BlobPull(image.pull.caller(), repository, part.digest(), false, RangeRequest.WHOLE),
                        part.size(),
                        new LinkedHashSet<>()));
        if (wanted.of.add(image)) {
            image.size += part.size();
            image.missing++;
        }
    }

    private static Future<Void> failed(Image image, Throwable failure) {
        image.problem = image.problem.or(() -> Optional.of(String.valueOf(failure.getMessage())));
        return Future.succeededFuture();
    }

    private Future<Void> bring(Wanted blob) {
        long[] come = new long[1];
        return keep(blob, 1, more -> {
                    // What is read a second time does not come a second time.
                    long counted = Math.min(more, blob.size - come[0]);
                    come[0] += counted;
                    tell(blob, image -> image.come += counted);
                })
                .onSuccess(kept -> tell(blob, image -> {
                    image.come += blob.size - come[0];
                    image.missing--;
                }))
                .recover(failure -> {
                    tell(blob, image -> failed(image, failure));
                    return Future.succeededFuture();
                });
    }

    private void tell(Wanted blob, Consumer<Image> what) {
        blob.of.forEach(image -> {
            what.accept(image);
            progress.accept(image);
        });
    }

    private Future<Void> keep(Wanted wanted, int read, LongConsumer come) {
        return cache.blob(wanted.pull).compose(blob -> {
            boolean kept = blob.origin().tier() == Origin.Tier.DISK;
            if (kept || read > MOST_READS) {
                blob.close();
                return kept ? Future.succeededFuture() : Future.failedFuture(notKept(wanted));
            }
            return blob.pipeTo(new Nowhere(come), ByteRange.whole(blob.size().orElse(Long.MAX_VALUE)))
                    .onComplete(piped -> blob.close())
                    .compose(piped -> keep(wanted, read + 1, come));
        });
    }

    private static RegistryException notKept(Wanted wanted) {
        return new RegistryException(
                ErrorCode.UNAVAILABLE,
                wanted.pull.digest() + " is passed through and not kept: the disk has no room for it");
    }

    /** Counts bytes that nobody wants to have here. Confined to one context. */
    private record Nowhere(LongConsumer come) implements BodySink {

        @Override
        public Future<Void> write(Buffer bytes) {
            return taken(bytes.length());
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            return taken(length);
        }

        private Future<Void> taken(long count) {
            come.accept(count);
            return Future.succeededFuture();
        }
    }
}
