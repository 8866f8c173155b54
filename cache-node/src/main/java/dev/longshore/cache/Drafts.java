package dev.longshore.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.longshore.cache.DiskBudget.Entry;
import dev.longshore.cache.DiskBudget.Reservation;
import dev.longshore.oci.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How blobs get onto the disk: written under a name that nobody reads, or found there and hashed; and then published.
 * Everything blocks. Thread-safe.
 */
final class Drafts {

    private static final Logger log = LoggerFactory.getLogger(Drafts.class);

    /** A file that could not be read, or is not what its digest says, is not tried again for so long. */
    private static final Duration PASSED_OVER = Duration.ofMinutes(1);

    private final Layout layout;
    private final DiskBudget budget;
    private final IndexJournal journal;
    private final Cache<Digest, Boolean> useless =
            Caffeine.newBuilder().expireAfterWrite(PASSED_OVER).build();

    Drafts(Layout layout, DiskBudget budget, IndexJournal journal) {
        this.layout = layout;
        this.budget = budget;
        this.journal = journal;
    }

    /** A place to write a blob of {@code size} bytes to; none when there is no space for it. */
    Optional<Draft> written(Digest digest, long size) {
        Optional<Reservation> space = budget.reserve(size);
        if (space.isEmpty()) {
            return Optional.empty();
        }
        Path path = layout.fills().resolve(digest.hex() + "." + UUID.randomUUID());
        try {
            return Optional.of(new Written(digest, path, new BlobFile(create(path)), space.get()));
        } catch (IOException e) {
            log.warn("cannot write to {}: {}", layout.fills(), e.toString());
            space.get().close();
            return Optional.empty();
        }
    }

    /** Its folder may be deleted at any time, like all beside Distribution's layout; without that, the disk is gone. */
    private FileChannel create(Path path) throws IOException {
        try {
            return FileChannel.open(
                    path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            if (!Files.isDirectory(layout.blobs())) {
                throw e;
            }
            Files.createDirectories(path.resolveSibling(""));
            return FileChannel.open(
                    path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
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
        void room(long size) {
            long more = size - space.bytes();
            if (more > 0 && !space.extend(Math.max(more, 16 << 20))) {
                throw new Fill.NoSpace();
            }
        }

        @Override
        void written(long bytes) {
            space.written(bytes);
        }

        @Override
        void publish() throws IOException {
            file().channel().force(true);
            Path target = layout.blob(digest);
            Files.createDirectories(layout.blobFolder(digest));
            try {
                budget.publish(digest, Optional.of(space), () -> move(target));
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }

        private Entry move(Path target) {
            try {
                Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
                sync(layout.blobFolder(digest));
                Entry entry = Entry.of(attributes(target), true);
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

    /** The file of a blob that lies here but was not published by us; none when there is none that can be read. */
    Optional<Draft> foreign(Digest digest) {
        if (useless.getIfPresent(digest) != null) {
            return Optional.empty();
        }
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
        void publish() throws IOException {
            if (!isUnchanged()) {
                throw new IOException(path + " was changed while it was hashed");
            }
            markPublished(digest, path);
        }

        @Override
        void passOver() {
            useless.put(digest, true);
        }

        /** Whether it is still the file that was hashed: somebody else put it there, and may be doing so now. */
        private boolean isUnchanged() throws IOException {
            BasicFileAttributes now = attributes(path);
            return Entry.of(before, false).is(now) && Objects.equals(now.fileKey(), before.fileKey());
        }

        @Override
        void discard() {}

        @Override
        void refute() throws IOException {
            if (isUnchanged()) {
                log.warn("deleted {}: its bytes are not those of its digest", path);
                budget.forget(digest);
                Files.deleteIfExists(path);
            }
        }
    }

    /** Notes that a file which lies in its place holds what its digest says. */
    void markPublished(Digest digest, Path path) throws IOException {
        Entry entry = Entry.of(attributes(path), true);
        budget.publish(digest, Optional.empty(), () -> entry);
        journal.published(digest, entry);
    }

    /** A rename is safe from a crash only once its folder is on the disk. */
    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class);
    }
}
