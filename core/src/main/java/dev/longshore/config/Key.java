package dev.longshore.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What may be set, for the reference. Immutable.
 *
 * @param type what its value is
 * @param fallback what holds without it; {@code null} where that has no value
 * @param meaning in the operator's words
 */
record Key(String path, String type, @Nullable Object fallback, String meaning) {

    /** As it would be written. */
    String written() {
        if (fallback instanceof Duration duration) {
            return Durations.format(duration);
        }
        return fallback == null ? "" : fallback.toString();
    }
}
