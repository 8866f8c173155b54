package dev.longshore.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

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

        static Level parse(String text) {
            return choice(values(), text);
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** For a person, or for a program. */
    public enum Format {
        TEXT,
        JSON;

        static Format parse(String text) {
            return choice(values(), text);
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static <T> T choice(T[] choices, String text) {
        return Arrays.stream(choices)
                .filter(choice -> choice.toString().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(Texts.quote(text) + " is none of "
                        + Arrays.stream(choices).map(Object::toString).collect(Collectors.joining(", "))));
    }
}
