package dev.longshore.oci;

/**
 * Where an answer came from, for {@code X-Cache}, the log and the meters. Immutable.
 *
 * @param cache what the cache had to do for it
 * @param tier where the bytes were read
 */
public record Origin(Cache cache, Tier tier) {

    public static final Origin MEMORY = new Origin(Cache.HIT, Tier.MEMORY);
    public static final Origin DISK = new Origin(Cache.HIT, Tier.DISK);
    public static final Origin JOINED = new Origin(Cache.COALESCED, Tier.FILL);
    public static final Origin FILLED = new Origin(Cache.MISS, Tier.FILL);
    public static final Origin PEER = new Origin(Cache.MISS, Tier.PEER);
    public static final Origin S3 = new Origin(Cache.MISS, Tier.S3);
    public static final Origin UPSTREAM = new Origin(Cache.MISS, Tier.UPSTREAM);
    public static final Origin STALE = new Origin(Cache.STALE, Tier.STALE);

    /** The value of {@code X-Cache}. */
    public enum Cache {
        /** The cache had it. */
        HIT,
        /** It was on its way already, for somebody else. */
        COALESCED,
        /** It had to be fetched: from the bucket, from another node, or from the upstream. */
        MISS,
        /** The upstream could not be asked, so this is the last that was known. */
        STALE
    }

    /** Where bytes are read. */
    public enum Tier {
        MEMORY,
        DISK,
        FILL,
        PEER,
        S3,
        UPSTREAM,
        STALE
    }
}
