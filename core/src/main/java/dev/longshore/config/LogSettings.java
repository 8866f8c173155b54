package dev.longshore.config;

import java.util.Locale;

/**
 * What a process writes to stderr. Immutable.
 *
 * @param access whether each pull is a line
 */
public record LogSettings(Level level, Format format, boolean access) {

    /** What is not worth a line. */
    public enum Level {
        TRACE,
        DEBUG,
        INFO,
        WARN,
        ERROR;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** For a person, or for a program. */
    public enum Format {
        TEXT,
        JSON;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
