package dev.longshore.config;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with a configuration. Immutable.
 *
 * @param key its full path, or the name of an environment variable
 * @param where the line, variable or flag it comes from
 */
public record Problem(
        Kind kind, String key, String message, @Nullable String where) {

    /** What would have to change: the text, the file system, or this version. */
    public enum Kind {
        INVALID,
        MISSING_FILE,
        UNSUPPORTED
    }

    /** One line for a person. */
    @Override
    public String toString() {
        return (key.isEmpty() ? "" : key + ": ") + message + (where == null ? "" : " (" + where + ")");
    }
}
