package dev.longshore.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where content is kept. Immutable.
 *
 * @param directory the disk tier; relative to the working directory when it is not absolute
 * @param capacity the budget of the disk tier, kept by eviction
 * @param minFree what is always left free on the disk
 * @param s3 the durable tier
 */
public record StorageSettings(
        Path directory,
        DataSize capacity,
        DataSize minFree,
        @Nullable S3Settings s3) {}
