package dev.longshore.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The wording that problems share. Immutable. */
final class Texts {

    private static final int LONGEST_QUOTE = 80;

    private Texts() {}

    static String quote(String text) {
        return '"' + (text.length() > LONGEST_QUOTE ? text.substring(0, LONGEST_QUOTE) + "…" : text) + '"';
    }

    /** The candidate that {@code text} was probably meant to be: at most a third of it mistyped. */
    static Optional<String> nearest(String text, Collection<String> candidates) {
        return candidates.stream()
                .filter(candidate -> distance(text, candidate) <= Math.max(1, text.length() / 3))
                .min(Comparator.comparingInt(candidate -> distance(text, candidate)));
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
