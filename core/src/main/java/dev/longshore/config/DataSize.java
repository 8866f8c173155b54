package dev.longshore.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes, written {@code 50GiB}. Immutable. */
public record DataSize(long bytes) implements Comparable<DataSize> {

    private static final Pattern SYNTAX = Pattern.compile("(\\d{1,18})\\s?(B|KiB|MiB|GiB|TiB)");
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size is never negative");
        }
    }

    public static DataSize ofMiB(long mebibytes) {
        return new DataSize(Math.multiplyExact(mebibytes, 1L << 20));
    }

    public static DataSize ofGiB(long gibibytes) {
        return new DataSize(Math.multiplyExact(gibibytes, 1L << 30));
    }

    /** Parses a whole number with a binary unit: {@code 512B}, {@code 4KiB}, {@code 50GiB}. */
    public static DataSize parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    Texts.quote(text) + " is not a size such as 50GiB (B, KiB, MiB, GiB, TiB)");
        }
        try {
            return new DataSize(Math.multiplyExact(Long.parseLong(matcher.group(1)), unit(matcher.group(2))));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(Texts.quote(text) + " is too large a size", e);
        }
    }

    private static long unit(String name) {
        long unit = 1;
        for (int i = 0; !UNITS[i].equals(name); i++) {
            unit <<= 10;
        }
        return unit;
    }

    @Override
    public int compareTo(DataSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /** In the largest unit that keeps it exact, so that it parses to the same size. */
    @Override
    public String toString() {
        long count = bytes;
        int unit = 0;
        while (count != 0 && count % 1024 == 0 && unit < UNITS.length - 1) {
            count /= 1024;
            unit++;
        }
        return count + UNITS[unit];
    }
}
