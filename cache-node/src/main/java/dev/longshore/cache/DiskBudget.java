package dev.longshore.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import dev.longshore.oci.Digest;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which blobs lie on the disk, within a budget of bytes: the most useful ones stay. Usefulness is Caffeine's W-TinyLFU
 * (Einziger, Friedman, Manes: "TinyLFU: A Highly Efficient Cache Admission Policy"), weighed in blocks of 4 KiB.
 *
 * <p>That policy may turn a newcomer away at once. So a blob weighs nothing for its first ten minutes; its bytes are
 * held as reserved instead, as those of a fill under way are, and what is reserved is taken off the maximum. The law:
 * {@code reserved + weighed ≤ capacity}. When only newcomers are left, the oldest of them have to settle early.
 *
 * <p>Thread-safe. {@link #reserve} and {@link #settle} may delete files, so they belong on a worker.
 */
final class DiskBudget {

    private static final Logger log = LoggerFactory.getLogger(DiskBudget.class);
    private static final int BLOCK = 4096;
    private static final Duration FRESH = Duration.ofMinutes(10);

    private final long capacity;
    private final long minFree;
    private final LongSupplier usable;
    private final Clock clock;
    private final Cache<Digest, Entry> entries;
    private final Policy.Eviction<Digest, Entry> eviction;
    private final Deque<Newcomer> newcomers = new ArrayDeque<>();
    private long reserved;
    private long unwritten;
    private final LongAdder evictions = new LongAdder();

    /**
     * A blob on the disk.
     *
     * @param size in bytes
     * @param modified the file's time, in milliseconds; another time means another file
     * @param verified whether we published it; otherwise it must be hashed before it is served
     * @param settled whether it weighs
     */
    record Entry(long size, long modified, boolean verified, boolean settled) {

        Entry(long size, long modified, boolean verified) {
            this(size, modified, verified, true);
        }

        /** That of a file. */
        static Entry of(BasicFileAttributes file, boolean verified) {
            return new Entry(file.size(), file.lastModifiedTime().toMillis(), verified);
        }

        /** Whether {@code file} is still the one that was seen. */
        boolean is(BasicFileAttributes file) {
            return file.size() == size && file.lastModifiedTime().toMillis() == modified;
        }

        private Entry settle() {
            return new Entry(size, modified, verified, true);
        }

        private int weight() {
            return settled ? (int) Math.min(Integer.MAX_VALUE, blocks(size)) : 0;
        }
    }

    private record Newcomer(Digest digest, Reservation space, Instant until) {}

    /** Deletes a blob's file. */
    interface Eviction {
        void evict(Digest digest);
    }

    /**
     * An empty budget.
     *
     * @param capacity bytes for all blobs
     * @param minFree bytes of the disk that are left alone
     * @param usable asks the disk how many bytes are free; negative when it does not tell
     */
    DiskBudget(long capacity, long minFree, LongSupplier usable, Eviction files, Executor workers, Clock clock) {
        this.capacity = capacity;
        this.minFree = minFree;
        this.usable = usable;
        this.clock = clock;
        this.entries = Caffeine.newBuilder()
                .maximumWeight(capacity / BLOCK)
                .weigher((Digest digest, Entry entry) -> entry.weight())
                .evictionListener((digest, entry, cause) -> {
                    evictions.increment();
                    files.evict(Objects.requireNonNull(digest));
                })
                .executor(workers)
                .build();
        this.eviction = entries.policy().eviction().orElseThrow();
        long free = usable.getAsLong();
        if (free >= 0 && free < minFree) {
            log.warn(
                    "the disk of storage.directory has {} MiB free, and storage.min-free is {} MiB: what is new is kept only"
                            + " in the place of what is cached",
                    free >> 20,
                    minFree >> 20);
        }
    }

    private static long blocks(long bytes) {
        return Math.max(1, (bytes + BLOCK - 1) / BLOCK);
    }

    /** The blob, if it lies on the disk; counts as a use. */
    Optional<Entry> use(Digest digest) {
        return Optional.ofNullable(entries.getIfPresent(digest));
    }

    /** The blobs that we have published; looking at them is no use of them. */
    Stream<Digest> verified() {
        return entries.asMap().entrySet().stream()
                .filter(each -> each.getValue().verified())
                .map(Map.Entry::getKey);
    }

    /** In bytes, with what is reserved. */
    synchronized long used() {
        return reserved + eviction.weightedSize().orElse(0) * BLOCK;
    }

    /** How many blobs had to go. */
    long evictions() {
        return evictions.sum();
    }

    /** Space for a fill of {@code bytes}, made by eviction where needed; none when it cannot be had. */
    synchronized Optional<Reservation> reserve(long bytes) {
        return take(bytes) ? Optional.of(new Reservation(bytes)) : Optional.empty();
    }

    private boolean take(long bytes) {
        if (bytes > capacity) {
            return false;
        }
        settleOverdue();
        while (reserved + bytes > capacity && !newcomers.isEmpty()) {
            settleOldest();
        }
        if (reserved + bytes > capacity) {
            return false;
        }
        if (!freeOnDisk(bytes)) {
            log.warn(
                    "no room for {} bytes, which pass through and are not kept: the disk of storage.directory has {} MiB"
                            + " free, and storage.min-free is {} MiB",
                    bytes,
                    Math.max(0, usable.getAsLong()) >> 20,
                    minFree >> 20);
            return false;
        }
        reserved += bytes;
        unwritten += bytes;
        fit();
        return true;
    }

    /** Other files share the disk: blobs go until the new bytes and the required rest fit. */
    private boolean freeOnDisk(long bytes) {
        long missing = missing(bytes);
        if (missing > 0) {
            if (missing
                    > eviction.weightedSize().orElse(0) * BLOCK
                            + newcomers.stream()
                                    .mapToLong(one -> one.space.bytes)
                                    .sum()) {
                return false;
            }
            while (!newcomers.isEmpty()) {
                settleOldest();
            }
            eviction.setMaximum(Math.max(0, eviction.weightedSize().orElse(0) - blocks(missing)));
            entries.cleanUp();
            fit();
            missing = missing(bytes);
        }
        return missing <= 0;
    }

    /** By how much {@code bytes} do not fit on the disk; endlessly when it does not tell how much is free. */
    private long missing(long bytes) {
        long free = usable.getAsLong();
        return free < 0 ? Long.MAX_VALUE : bytes + unwritten + minFree - free;
    }

    private void fit() {
        eviction.setMaximum((capacity - reserved) / BLOCK);
        entries.cleanUp();
    }

    /** Lets those newcomers settle whose ten minutes are over, and what is too much by now go. */
    synchronized void settle() {
        settleOverdue();
        fit(); // because Caffeine leaves what came during an eviction to whatever comes next
    }

    private void settleOverdue() {
        Instant now = clock.instant();
        while (!newcomers.isEmpty() && !newcomers.element().until.isAfter(now)) {
            settleOldest();
        }
    }

    private void settleOldest() {
        Newcomer newcomer = newcomers.remove();
        newcomer.space.close();
        fit(); // before the weight comes, or what fits would be evicted
        entries.asMap().computeIfPresent(newcomer.digest, (digest, entry) -> entry.settle());
    }

    /**
     * Notes a blob whose file is made by {@code publication}, which runs while nobody can evict it.
     *
     * @param space what was reserved for it; none for a file that lay there already
     */
    void publish(Digest digest, Optional<Reservation> space, Publication publication) {
        Entry published = entries.asMap().compute(digest, (key, before) -> {
            Entry entry = publication.run();
            return new Entry(entry.size, entry.modified, entry.verified, space.isEmpty());
        });
        synchronized (this) {
            space.ifPresent(bytes -> {
                bytes.written(bytes.unwritten);
                bytes.keep(published.size);
                newcomers.add(new Newcomer(digest, bytes, clock.instant().plus(FRESH)));
            });
        }
    }

    /** Makes a blob's file visible, and says what it is. */
    interface Publication {
        Entry run();
    }

    /** Notes a file that was found on the disk. */
    void found(Digest digest, Entry entry) {
        entries.asMap().putIfAbsent(digest, entry);
    }

    /** Forgets a blob whose file is gone or is not what it was. */
    void forget(Digest digest) {
        entries.invalidate(digest);
        synchronized (this) {
            newcomers.removeIf(newcomer -> {
                boolean gone = newcomer.digest.equals(digest);
                if (gone) {
                    newcomer.space.close();
                }
                return gone;
            });
        }
    }

    /** All blobs, least recently used first. */
    Map<Digest, Entry> coldestFirst() {
        return eviction.coldest(Integer.MAX_VALUE);
    }

    /** Space held for a fill, then for a newcomer. Guarded by the budget. */
    final class Reservation {

        private long bytes;
        private long unwritten;
        private boolean closed;

        private Reservation(long bytes) {
            this.bytes = bytes;
            this.unwritten = bytes;
        }

        /** Takes more, for a blob whose size is not known beforehand; false when there is none. */
        boolean extend(long more) {
            synchronized (DiskBudget.this) {
                if (closed || !take(more)) {
                    return false;
                }
                bytes += more;
                unwritten += more;
                return true;
            }
        }

        long bytes() {
            synchronized (DiskBudget.this) {
                return bytes;
            }
        }

        /** Notes that so many of the bytes now lie on the disk, which counts them itself from here on. */
        void written(long more) {
            synchronized (DiskBudget.this) {
                long counted = Math.min(more, unwritten);
                unwritten -= counted;
                DiskBudget.this.unwritten -= counted;
            }
        }

        /** Gives back what is beyond {@code size}. */
        private void keep(long size) {
            long surplus = Math.max(0, bytes - size);
            bytes -= surplus;
            reserved -= surplus;
        }

        /** Gives the space back; does nothing the second time. */
        void close() {
            synchronized (DiskBudget.this) {
                closed = true;
                written(unwritten);
                reserved -= bytes;
                bytes = 0;
            }
        }
    }
}
