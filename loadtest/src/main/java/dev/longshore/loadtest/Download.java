package dev.longshore.loadtest;

import org.jspecify.annotations.Nullable;

/**
 * One request of a load: what to ask for and how to behave. Immutable.
 *
 * @param digest what the bytes must hash to; null to take them as they come
 * @param window the part to ask for, which then is held against its length alone; null for the whole
 * @param bytesPerSecond the pace of reading
 * @param dropAtPercent how much to read before leaving without a word; above 100 to stay
 */
record Download(
        String url, @Nullable String digest, @Nullable Window window, long bytesPerSecond, int dropAtPercent) {
    static final int STAY = 101;
    static final long UNLIMITED = Long.MAX_VALUE;
}
