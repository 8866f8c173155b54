package dev.longshore.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A value that no log, message or print-out shows. Immutable.
 *
 * @param value what is secret
 * @param file where it was read from, when it was not written out
 */
public record Secret(String value, @Nullable Path file) {

    static final String MASK = "********";

    public Secret {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("an empty secret");
        }
    }

    public static Secret of(String value) {
        return new Secret(value, null);
    }

    @Override
    public String toString() {
        return MASK;
    }
}
