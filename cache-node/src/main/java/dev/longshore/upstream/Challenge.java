package dev.longshore.upstream;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a registry wants to be shown before it answers. Source: RFC 9110, section 11.6.1. Immutable.
 *
 * @param scheme in small letters: {@code bearer}, {@code basic}
 * @param parameters by their names in small letters
 */
record Challenge(String scheme, Map<String, String> parameters) {

    Challenge {
        parameters = Map.copyOf(parameters);
    }

    /** Reads the values of all {@code WWW-Authenticate} headers; what is malformed is skipped. */
    static List<Challenge> parse(Iterable<String> headers) {
        List<Challenge> challenges = new ArrayList<>();
        for (String header : headers) {
            new Scanner(header).readInto(challenges);
        }
        return challenges;
    }

    /** The value of a parameter, empty when it is absent. */
    String get(String name) {
        return parameters.getOrDefault(name, "");
    }

    /** Reads one header, left to right. Confined to one context. */
    private static final class Scanner {

        private final String text;
        private int position;

        Scanner(String text) {
            this.text = text;
        }

        void readInto(List<Challenge> challenges) {
            String scheme = "";
            Map<String, String> parameters = new LinkedHashMap<>();
            while (position < text.length()) {
                String word = token();
                if (word.isEmpty()) {
                    position++;
                    continue;
                }
                skipSpaces();
                if (at('=') && !scheme.isEmpty()) {
                    position++;
                    skipSpaces();
                    parameters.putIfAbsent(word.toLowerCase(Locale.ROOT), at('"') ? quoted() : token());
                    continue;
                }
                if (!scheme.isEmpty()) {
                    challenges.add(new Challenge(scheme, parameters));
                }
                scheme = word.toLowerCase(Locale.ROOT);
                parameters.clear();
            }
            if (!scheme.isEmpty()) {
                challenges.add(new Challenge(scheme, parameters));
            }
        }

        private String token() {
            int start = position;
            while (position < text.length() && " \t,=\"".indexOf(text.charAt(position)) < 0) {
                position++;
            }
            return text.substring(start, position);
        }

        private String quoted() {
            StringBuilder value = new StringBuilder();
            for (position++; position < text.length() && !at('"'); position++) {
                if (at('\\') && position + 1 < text.length()) {
                    position++;
                }
                value.append(text.charAt(position));
            }
            position++;
            return value.toString();
        }

        private void skipSpaces() {
            while (at(' ') || at('\t')) {
                position++;
            }
        }

        private boolean at(char c) {
            return position < text.length() && text.charAt(position) == c;
        }
    }
}
