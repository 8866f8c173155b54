package dev.longshore.config;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The bucket of the durable tier. Immutable.
 *
 * @param prefix before every key; empty for none
 * @param endpoint {@code null} = the one of AWS for the region
 * @param pathStyle the bucket stands in the path, not in the host name
 * @param keys {@code null} = AWS's default chain
 * @param retention what is kept
 */
public record S3Settings(
        String bucket,
        String prefix,
        String region,
        @Nullable URI endpoint,
        boolean pathStyle,
        @Nullable Keys keys,
        Retention retention) {

    /** A bucket that keeps everything. */
    public S3Settings(
            String bucket,
            String prefix,
            String region,
            @Nullable URI endpoint,
            boolean pathStyle,
            @Nullable Keys keys) {
        this(bucket, prefix, region, endpoint, pathStyle, keys, Retention.EVERYTHING);
    }

    /** A static pair of keys. Immutable. */
    public record Keys(String accessKeyId, Secret secretAccessKey) {}

    /**
     * What is kept of the blobs in the bucket; the least recently used go first. Immutable.
     *
     * @param capacity a byte budget; {@code null} = none
     * @param maxAge how long a blob stays that nobody uses; {@code null} = for ever
     * @param dryRun whether it is only said what would be deleted
     */
    public record Retention(
            @Nullable DataSize capacity, @Nullable Duration maxAge, boolean dryRun) {

        public static final Retention EVERYTHING = new Retention(null, null, false);

        /** Whether nothing is ever deleted. */
        public boolean isEverything() {
            return capacity == null && maxAge == null;
        }
    }
}
