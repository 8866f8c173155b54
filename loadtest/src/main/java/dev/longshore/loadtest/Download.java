package dev.longshore.loadtest;

import org.jspecify.annotations.Nullable;

/**
 * One request of a load: what to ask for and how to behave. Immutable.
 *
 * @param digest what the bytes must hash to; null for what the answer says of itself, as of a tag
 * @param verified whether the bytes are hashed at all
 * @param window the part to ask for, which then is held against its length alone; null for the whole
 * @param bytesPerSecond the pace of reading
 * @param dropAtPercent how much to read before leaving without a word; above 100 to stay
 */
record Download(
        String url,
        @Nullable String digest,
        boolean verified,
        @Nullable Window window,
        long bytesPerSecond,
        int dropAtPercent) {
    static final int STAY = 101;
    static final long UNLIMITED = Long.MAX_VALUE;

    /** The whole of what is there, verified, as fast as it comes. */
    static Download whole(String url, @Nullable String digest) {
        return new Download(url, digest, true, null, UNLIMITED, STAY);
    }

    Download part(Window part) {
        return new Download(url, digest, verified, part, bytesPerSecond, dropAtPercent);
    }
}
