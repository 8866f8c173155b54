package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BlobStore;
import dev.longshore.cache.DiskBudget.Entry;
import dev.longshore.cache.DiskBudget.Reservation;
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
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
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
                        budget.found(digest, new Entry(attributes.size(), modified(attributes), false));
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
            if (attributes.size() == entry.size() && modified(attributes) == entry.modified()) {
                return Optional.of(new BlobFile(FileChannel.open(path, StandardOpenOption.READ)));
            }
            log.warn("{} is not the file that was published here: it will be hashed again", path);
        } catch (NoSuchFileException e) {
            log.warn("{} has gone", path);
        } catch (IOException e) {
            log.warn("cannot read {}: {}", path, e.toString());
            return Optional.empty();
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
            if (entry.isEmpty()) {
                markPublished(digest, path, bytes.length);
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
                                : Optional.of(draft(blob.digest(), size).orElseThrow(Fill.NoSpace::new)),
                        false)
                .compose(draft -> draft.map(made -> new DraftSink(made, workers).take(blob, size))
                        .orElseGet(Future::succeededFuture));
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

    /** A blob that is being written, or checked, and that nobody can open yet. Its methods block. */
    abstract static class Draft {

        private final BlobFile file;

        private Draft(BlobFile file) {
            this.file = file;
        }

        /** The open file, of which the caller of {@link #draft} or {@link #foreign} is a user until it ends the draft. */
        BlobFile file() {
            return file;
        }

        /** Makes sure that the file may grow to {@code size}; called before bytes are written. */
        abstract void room(long size) throws IOException;

        /** Notes that {@code bytes} more are written. */
        abstract void written(long bytes);

        /** Makes the blob visible; its bytes have been verified. */
        abstract void publish(long size) throws IOException;

        /** Deletes it. */
        abstract void discard() throws IOException;
    }

    /** A place to write a blob of {@code size} bytes to; none when there is no space for it. Blocking. */
    Optional<Draft> draft(Digest digest, long size) {
        Optional<Reservation> space = budget.reserve(size);
        if (space.isEmpty()) {
            return Optional.empty();
        }
        Path path = layout.fills().resolve(digest.hex() + "." + UUID.randomUUID());
        try {
            FileChannel channel = FileChannel.open(
                    path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
            return Optional.of(new Written(digest, path, new BlobFile(channel), space.get()));
        } catch (IOException e) {
            log.warn("cannot write to {}: {}", layout.fills(), e.toString());
            space.get().close();
            return Optional.empty();
        }
    }

    private final class Written extends Draft {

        private final Digest digest;
        private final Path path;
        private final Reservation space;

        private Written(Digest digest, Path path, BlobFile file, Reservation space) {
            super(file);
            this.digest = digest;
            this.path = path;
            this.space = space;
        }

        @Override
        void room(long size) throws IOException {
            long more = size - space.bytes();
            if (more > 0 && !space.extend(Math.max(more, 16 << 20))) {
                throw new IOException("no space for more of " + digest);
            }
        }

        @Override
        void written(long bytes) {
            space.written(bytes);
        }

        @Override
        void publish(long size) throws IOException {
            file().channel().force(true);
            Path target = layout.blob(digest);
            Files.createDirectories(layout.blobFolder(digest));
            try {
                budget.publish(digest, Optional.of(space), () -> move(target, size));
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }

        private Entry move(Path target, long size) {
            try {
                Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
                sync(layout.blobFolder(digest));
                Entry entry = new Entry(size, modified(attributes(target)), true);
                journal.published(digest, entry);
                return entry;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        void discard() throws IOException {
            space.close();
            Files.deleteIfExists(path);
        }
    }

    /** The file of a blob that lies here but was not published by us; none when there is none. Blocking. */
    Optional<Draft> foreign(Digest digest) {
        Path path = layout.blob(digest);
        try {
            BasicFileAttributes attributes = attributes(path);
            BlobFile file = new BlobFile(FileChannel.open(path, StandardOpenOption.READ));
            return Optional.of(new Foreign(digest, path, attributes, file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            log.warn("cannot read {}: {}", path, e.toString());
            return Optional.empty();
        }
    }

    private final class Foreign extends Draft {

        private final Digest digest;
        private final Path path;

        private final BasicFileAttributes before;

        private Foreign(Digest digest, Path path, BasicFileAttributes before, BlobFile file) {
            super(file);
            this.before = before;
            this.digest = digest;
            this.path = path;
        }

        @Override
        void room(long size) {}

        @Override
        void written(long bytes) {}

        @Override
        void publish(long size) throws IOException {
            if (!isUnchanged()) {
                throw new IOException(path + " was changed while it was hashed");
            }
            markPublished(digest, path, size);
        }

        /** Whether it is still the file that was hashed: somebody else put it there, and may be doing so now. */
        private boolean isUnchanged() throws IOException {
            BasicFileAttributes now = attributes(path);
            return now.size() == before.size()
                    && modified(now) == modified(before)
                    && Objects.equals(now.fileKey(), before.fileKey());
        }

        @Override
        void discard() throws IOException {
            if (isUnchanged()) {
                log.warn("deleted {}: its bytes are not those of its digest", path);
                budget.forget(digest);
                Files.deleteIfExists(path);
            }
        }
    }

    private void markPublished(Digest digest, Path path, long size) throws IOException {
        Entry entry = new Entry(size, modified(attributes(path)), true);
        budget.publish(digest, Optional.empty(), () -> entry);
        journal.published(digest, entry);
    }

    /** A rename is safe from a crash only once its folder is on the disk. */
    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
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

    /** Lets newcomers settle whose time has come. Blocking. */
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
        return Files.isWritable(layout.fills()) ? Optional.empty() : Optional.of("cannot write to " + layout.fills());
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

    private static long modified(BasicFileAttributes attributes) {
        return attributes.lastModifiedTime().toMillis();
    }
}
