package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BlobStore;
import dev.longshore.cache.DiskBudget.Entry;
import dev.longshore.oci.Digest;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.Origin;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blobs on this node's disk. The law: what can be opened here has been verified by this mirror and has not changed
 * since; a blob becomes visible by a rename, after its bytes are on the disk, and not before. Thread-safe.
 */
final class DiskBlobStore implements BlobStore {

    private static final Logger log = LoggerFactory.getLogger(DiskBlobStore.class);

    private final Layout layout;
    private final WorkerExecutor workers;
    private final IndexJournal journal;
    private final DiskBudget budget;
    private final Drafts drafts;

    private DiskBlobStore(Layout layout, long capacity, long minFree, WorkerExecutor workers, Clock clock)
            throws IOException {
        this.layout = layout;
        this.workers = workers;
        this.journal = IndexJournal.open(layout.index());
        this.budget = new DiskBudget(
                capacity,
                minFree,
                this::usable,
                this::evict,
                task -> workers.executeBlocking(
                        () -> {
                            task.run();
                            return task;
                        },
                        false),
                clock);
        this.drafts = new Drafts(layout, budget, journal);
    }

    /** Opens the store below {@code layout}: blocking, but not for long; {@link #adopt} finds the rest. */
    static DiskBlobStore open(Layout layout, long capacity, long minFree, WorkerExecutor workers, Clock clock)
            throws IOException {
        Files.createDirectories(layout.fills());
        Files.createDirectories(layout.blobs());
        try (Stream<Path> strays = Files.list(layout.fills())) {
            for (Path stray : (Iterable<Path>) strays::iterator) {
                Files.delete(stray);
            }
        }
        DiskBlobStore store = new DiskBlobStore(layout, capacity, minFree, workers, clock);
        store.journal.read().forEach(store.budget::found);
        return store;
    }

    private long usable() {
        try {
            return Files.getFileStore(layout.root()).getUsableSpace();
        } catch (IOException e) {
            return -1;
        }
    }

    /** Counts the files that lie here and that we did not publish, so that the budget holds for them too. Blocking. */
    void adopt() {
        long[] found = new long[2];
        try (Stream<Path> files = Files.walk(layout.blobs(), 4)) {
            files.filter(file -> file.endsWith("data")).forEach(file -> {
                try {
                    Digest digest = Digest.parse(
                            file.getName(file.getNameCount() - 4) + ":" + file.getName(file.getNameCount() - 2));
                    if (budget.use(digest).isEmpty()) {
                        BasicFileAttributes attributes = attributes(file);
                        budget.found(digest, Entry.of(attributes, false));
                        found[0]++;
                        found[1] += attributes.size();
                    }
                } catch (IOException | RegistryException e) {
                    log.debug("passed over {}: {}", file, e.getMessage());
                }
            });
        } catch (IOException | UncheckedIOException e) {
            log.warn("cannot look through {}: {}", layout.blobs(), e.getMessage());
        }
        budget.settle();
        if (found[0] > 0) {
            log.info(
                    "found {} blobs ({} MiB) that this mirror did not put there: each is hashed before it is served",
                    found[0],
                    found[1] >> 20);
        }
    }

    /** The blob as it was published; none when it is not here, or is not what was published. */
    @Override
    public Future<Optional<Blob>> open(Digest digest) {
        Optional<Entry> entry = budget.use(digest).filter(Entry::verified);
        if (entry.isEmpty()) {
            return Future.succeededFuture(Optional.empty());
        }
        return workers.executeBlocking(() -> openFile(digest, entry.get()), false)
                .map(file -> file.map(opened -> {
                    Blob blob = new Follower(
                            digest,
                            entry.get().size(),
                            Origin.DISK,
                            opened,
                            Follower.Growth.complete(entry.get().size()));
                    opened.release();
                    return blob;
                }));
    }

    private Optional<BlobFile> openFile(Digest digest, Entry entry) {
        Path path = layout.blob(digest);
        try {
            BasicFileAttributes attributes = attributes(path);
            if (entry.is(attributes)) {
                return Optional.of(new BlobFile(FileChannel.open(path, StandardOpenOption.READ)));
            }
            log.warn("{} is not the file that was published here: it will be hashed again", path);
        } catch (NoSuchFileException e) {
            log.warn("{} has gone", path);
        } catch (IOException e) {
            log.warn("cannot read {}: {}", path, e.toString());
        }
        forget(digest);
        return Optional.empty();
    }

    @Override
    public Future<OptionalLong> size(Digest digest) {
        return Future.succeededFuture(published(digest));
    }

    /** The size of a blob that {@link #open} would give, known without asking the disk. */
    OptionalLong published(Digest digest) {
        return budget.use(digest).filter(Entry::verified).stream()
                .mapToLong(Entry::size)
                .findFirst();
    }

    /** Since when the blob's file lies here, whoever put it there; none when there is none. */
    Optional<Instant> since(Digest digest) {
        return budget.use(digest).map(entry -> Instant.ofEpochMilli(entry.modified()));
    }

    /** All bytes of a small blob, hashed again since that costs nothing here: a file that we did not publish will do. */
    Future<Optional<Buffer>> read(Digest digest) {
        return workers.executeBlocking(() -> readFile(digest, budget.use(digest)), false);
    }

    private Optional<Buffer> readFile(Digest digest, Optional<Entry> entry) {
        Path path = layout.blob(digest);
        try {
            byte[] bytes = Files.size(path) <= MediaTypes.MAX_MANIFEST_BYTES ? Files.readAllBytes(path) : new byte[0];
            if (!digest.matches(bytes)) {
                forget(digest);
                return Optional.empty();
            }
            if (entry.filter(Entry::verified).isEmpty()) {
                drafts.markPublished(digest, path);
            }
            return Optional.of(Buffer.buffer(bytes));
        } catch (NoSuchFileException e) {
            entry.ifPresent(gone -> forget(digest));
            return Optional.empty();
        } catch (IOException e) {
            log.warn("cannot read {}: {}", path, e.toString());
            return Optional.empty();
        }
    }

    /** Fails when there is no space for it. */
    @Override
    public Future<Void> write(Blob blob) {
        long size = blob.size().orElseThrow();
        return workers.executeBlocking(
                        () -> published(blob.digest()).isPresent()
                                ? Optional.<Draft>empty()
                                : Optional.of(
                                        drafts.written(blob.digest(), size).orElseThrow(Fill.NoSpace::new)),
                        false)
                .compose(draft -> draft.map(made -> new DraftSink(made, workers).take(blob, size))
                        .orElseGet(Future::succeededFuture));
    }

    /** How blobs get here. */
    Drafts drafts() {
        return drafts;
    }

    @Override
    public Future<Void> delete(Digest digest) {
        return workers.executeBlocking(
                () -> {
                    budget.forget(digest);
                    evict(digest);
                    return null;
                },
                false);
    }

    private void evict(Digest digest) {
        try {
            Files.deleteIfExists(layout.blob(digest));
            Files.deleteIfExists(layout.blobFolder(digest));
        } catch (IOException e) {
            log.warn("cannot delete {}: {}", digest, e.toString());
        }
        journalGone(digest);
    }

    private void forget(Digest digest) {
        budget.forget(digest);
        journalGone(digest);
    }

    private void journalGone(Digest digest) {
        try {
            journal.gone(digest);
        } catch (UncheckedIOException e) {
            log.debug("cannot note that {} is gone: its file tells the same", digest);
        }
    }

    /** All blobs that {@link #open} would give. */
    Stream<Digest> published() {
        return budget.verified();
    }

    /** Of the budget, in bytes. */
    long used() {
        return budget.used();
    }

    /** How many blobs had to go for others. */
    long evictions() {
        return budget.evictions();
    }

    /** Lets newcomers settle whose time has come, and blobs go that are too much. Blocking. */
    void settle() {
        budget.settle();
    }

    /** Writes down the order of use, for the next start. Blocking. */
    void saveOrder() {
        try {
            journal.rewrite(budget::coldestFirst);
        } catch (IOException | UncheckedIOException e) {
            log.warn("cannot write {}: {}", layout.index(), e.toString());
        }
    }

    /** Why nothing can be written here; empty when it can. Blocking. */
    Optional<String> problem() {
        return isWritable() ? Optional.empty() : Optional.of("cannot write to " + layout.fills());
    }

    private boolean isWritable() {
        try {
            return Files.isDirectory(layout.blobs()) && Files.isWritable(Files.createDirectories(layout.fills()));
        } catch (IOException e) {
            return false;
        }
    }

    /** Writes down the order of use. Blocking. */
    void close() {
        saveOrder();
        try {
            journal.close();
        } catch (IOException e) {
            log.debug("cannot close {}: {}", layout.index(), e.toString());
        }
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class);
    }
}
