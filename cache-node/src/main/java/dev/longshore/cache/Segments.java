package dev.longshore.cache;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which bytes of a growing blob are here, which are on their way, and what to fetch next. A blob is cut at multiples of
 * the segment length, so that {@code ⌈size / length⌉} requests bring all of it; a reader far ahead may cut once more.
 * Pure bookkeeping; confined to whoever holds the fill's lock.
 */
final class Segments {

    /** A reader that is less than this behind what is being written waits for it; a request costs more. */
    private static final long NEAR = 512 * 1024;

    private final long length;
    private long size;

    /** Disjoint, by their first byte: what is written or being fetched; what lies between them is not asked for yet. */
    private final TreeMap<Long, Segment> segments = new TreeMap<>();

    /** A stretch of the blob that one fetch writes, from its first byte on. */
    static final class Segment {
        private final long start;
        private long end;
        private long position;

        private Segment(long start, long end) {
            this.start = start;
            this.end = end;
            this.position = start;
        }

        long start() {
            return start;
        }

        /** Up to, and without, this byte; it may come nearer while the fetch is under way. */
        long end() {
            return end;
        }

        /** The next byte to be written. */
        long position() {
            return position;
        }

        boolean complete() {
            return position == end;
        }
    }

    /** A blob of {@code size} bytes, none of them here. */
    Segments(long size, long length) {
        this.size = size;
        this.length = length;
    }

    /** A blob whose size its source does not tell: one stretch, which ends where the source ends. */
    static Segments unbounded() {
        return new Segments(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /** A blob of {@code size} bytes, all of them here. */
    static Segments complete(long size) {
        Segments segments = new Segments(size, Math.max(1, size));
        segments.next().ifPresent(all -> segments.written(all, size));
        return segments;
    }

    /** Takes the lowest stretch that nobody has asked for, up to the next cut; none when all is asked for. */
    Optional<Segment> next() {
        long gap = 0;
        for (Segment segment : segments.values()) {
            if (gap < segment.start) {
                return Optional.of(take(gap, segment.start));
            }
            gap = segment.end;
        }
        return gap < size ? Optional.of(take(gap, size)) : Optional.empty();
    }

    /**
     * Takes a stretch that starts at {@code offset}, for a reader who waits there; none when that byte is here, or will
     * be soon. Where it lies far ahead in a stretch that is being fetched, that one is cut short.
     */
    Optional<Segment> at(long offset) {
        if (isNear(offset)) {
            return Optional.empty();
        }
        Map.Entry<Long, Segment> before = segments.floorEntry(offset);
        if (before == null || before.getValue().end <= offset) {
            Long after = segments.higherKey(offset);
            return Optional.of(take(offset, after == null ? size : after));
        }
        Segment covering = before.getValue();
        Segment cut = new Segment(offset, covering.end);
        covering.end = offset;
        segments.put(offset, cut);
        return Optional.of(cut);
    }

    /** Whether the byte at {@code offset} is here, or will be soon without further ado. */
    boolean isNear(long offset) {
        if (offset >= size) {
            return true;
        }
        Map.Entry<Long, Segment> before = segments.floorEntry(offset);
        return before != null && offset < before.getValue().end && offset < before.getValue().position + NEAR;
    }

    /** Ends {@code segment} where it has come to; what was still to come in it is not asked for any more. */
    void cut(Segment segment) {
        if (segment.position == segment.start) {
            segments.remove(segment.start);
        }
        segment.end = segment.position;
        if (segment.start < segment.end) {
            merge(segment);
        }
    }

    private Segment take(long start, long limit) {
        Segment segment = new Segment(start, Math.min(limit, (start / length + 1) * length));
        segments.put(start, segment);
        return segment;
    }

    /** Notes that the next {@code bytes} of {@code segment} are here. */
    void written(Segment segment, long bytes) {
        segment.position += bytes;
        if (segment.position > segment.end) {
            throw new IllegalStateException("written past the end of a segment");
        }
        if (segment.complete()) {
            merge(segment);
        }
    }

    /** Neighbours that are complete become one, so that looking for a byte stays quick. */
    private void merge(Segment segment) {
        Segment whole = segment;
        Map.Entry<Long, Segment> before = segments.lowerEntry(whole.start);
        if (before != null && before.getValue().complete() && before.getValue().end == whole.start) {
            whole = join(before.getValue(), whole);
        }
        Segment after = segments.get(whole.end);
        if (after != null && after.complete()) {
            join(whole, after);
        }
    }

    private Segment join(Segment first, Segment second) {
        segments.remove(second.start);
        first.end = second.end;
        first.position = second.end;
        return first;
    }

    /** The end of what can be read without a gap from {@code offset} on; {@code offset} itself when its byte is missing. */
    long readableFrom(long offset) {
        Map.Entry<Long, Segment> entry = segments.floorEntry(offset);
        if (entry == null || entry.getValue().position <= offset) {
            return offset;
        }
        Segment segment = entry.getValue();
        while (segment.complete()) {
            Segment after = segments.get(segment.end);
            if (after == null) {
                return segment.end;
            }
            segment = after;
        }
        return segment.position;
    }

    /** Notes that the source has ended with {@code last}: that is how long a blob of unknown size is. */
    void endsWith(Segment last) {
        last.end = last.position;
        size = last.end;
    }

    boolean complete() {
        return readableFrom(0) == size;
    }
}
