package dev.longshore.config;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The bucket of the durable tier. Immutable.
 *
 * @param prefix before every key; empty for none
 * @param endpoint {@code null} = the one of AWS for the region
 * @param pathStyle the bucket stands in the path, not in the host name
 * @param keys {@code null} = AWS's default chain
 */
public record S3Settings(
        String bucket,
        String prefix,
        String region,
        @Nullable URI endpoint,
        boolean pathStyle,
        @Nullable Keys keys) {

    /** A static pair of keys. Immutable. */
    public record Keys(String accessKeyId, Secret secretAccessKey) {}
}
