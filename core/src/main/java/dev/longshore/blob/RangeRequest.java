package dev.longshore.blob;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a {@code Range} header asks for, before the size is known. Source: RFC 9110, section 14. Immutable.
 *
 * @param specs none for the whole blob
 */
public record RangeRequest(List<Spec> specs) {

    /** No range: the whole blob. */
    public static final RangeRequest WHOLE = new RangeRequest(List.of());

    /** More ranges than this are not answered as ranges: the header is ignored, as RFC 9110, section 14.2 allows. */
    public static final int MAX_RANGES = 16;

    /** Past the end of every blob, and far enough from the end of the numbers to be counted on from. */
    private static final long FAR = 1L << 60;

    /**
     * One range.
     *
     * @param first the first byte, or -1 for the last {@code last} bytes
     * @param last the last byte, inclusive; -1 for all that follow
     */
    public record Spec(long first, long last) {

        /** As in a {@code Range} header: {@code bytes=5-9}, {@code bytes=5-}, {@code bytes=-5}. */
        public String header() {
            return "bytes=" + (first < 0 ? "" : first) + "-" + (last < 0 ? "" : last);
        }
    }

    public RangeRequest {
        specs = List.copyOf(specs);
    }

    /** From {@code start} up to, and without, {@code end}. */
    public static RangeRequest of(long start, long end) {
        return new RangeRequest(List.of(new Spec(start, end - 1)));
    }

    /** From {@code start} to the end. */
    public static RangeRequest from(long start) {
        return start == 0 ? WHOLE : new RangeRequest(List.of(new Spec(start, -1)));
    }

    /** Parses the header's value; what is not a list of byte ranges, or is too long a one, means the whole blob. */
    public static RangeRequest parse(String header) {
        if (!header.regionMatches(true, 0, "bytes=", 0, 6)) {
            return WHOLE;
        }
        List<Spec> specs = new ArrayList<>();
        for (String part : header.substring(6).split(",", MAX_RANGES + 2)) {
            String text = part.strip();
            if (text.isEmpty()) {
                continue;
            }
            int dash = text.indexOf('-');
            if (dash < 0) {
                return WHOLE;
            }
            long first = number(text.substring(0, dash));
            long last = number(text.substring(dash + 1));
            boolean suffix = dash == 0;
            boolean open = dash == text.length() - 1;
            if (first < 0 && !suffix || last < 0 && !open || suffix && open || !suffix && !open && last < first) {
                return WHOLE;
            }
            specs.add(new Spec(suffix ? -1 : first, open ? -1 : last));
        }
        return specs.size() > MAX_RANGES ? WHOLE : new RangeRequest(specs);
    }

    /** Digits alone, as many as there are: what is past any blob's end is as far as it goes; -1 for everything else. */
    private static long number(String digits) {
        if (digits.isEmpty()) {
            return -1;
        }
        for (int i = 0; i < digits.length(); i++) {
            if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
                return -1;
            }
        }
        try {
            return Math.min(Long.parseLong(digits), FAR);
        } catch (NumberFormatException e) {
            return FAR;
        }
    }

    public boolean isWhole() {
        return specs.isEmpty();
    }

    /** The first byte wanted, where that does not depend on the size. */
    public OptionalLong firstByte() {
        return isWhole()
                ? OptionalLong.of(0)
                : specs.stream()
                        .filter(s -> s.first >= 0)
                        .mapToLong(Spec::first)
                        .findFirst();
    }

    /** The ranges within a blob of {@code size} bytes, in the order asked for; none when no one of them can be satisfied. */
    public List<ByteRange> resolve(long size) {
        if (isWhole()) {
            return List.of(ByteRange.whole(size));
        }
        List<ByteRange> ranges = new ArrayList<>();
        for (Spec spec : specs) {
            long start = spec.first >= 0 ? spec.first : Math.max(0, size - spec.last);
            long end = spec.first < 0 || spec.last < 0 ? size : Math.min(size, spec.last + 1);
            if (start < end) {
                ranges.add(new ByteRange(start, end));
            }
        }
        return ranges;
    }
}
