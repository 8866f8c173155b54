package dev.longshore.blob;

/**
 * A part of a blob: from {@code start} up to, and without, {@code end}; both in bytes. Immutable.
 */
public record ByteRange(long start, long end) {

    public ByteRange {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("not a range: " + start + " to " + end);
        }
    }

    /** All of a blob of {@code size} bytes. */
    public static ByteRange whole(long size) {
        return new ByteRange(0, size);
    }

    public long length() {
        return end - start;
    }

    /** As in a {@code Content-Range} of a blob of {@code size} bytes; the range must not be empty. */
    public String contentRange(long size) {
        return "bytes " + start + "-" + (end - 1) + "/" + size;
    }
}
