package dev.longshore.loadtest;

import dev.longshore.loadtest.Outcome.Verdict;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * What a load came to, for a person or a script. Immutable.
 *
 * @param firstByteMillis by name: p50, p90, p99, max
 * @param tookMillis likewise, of those that came whole
 */
record Report(
        int ok,
        int dropped,
        int failed,
        int wrongDigest,
        long bytes,
        double seconds,
        double megabytesPerSecond,
        Map<String, Double> firstByteMillis,
        Map<String, Double> tookMillis,
        double longestStallMillis,
        Map<String, Integer> problems) {

    static Report of(List<Outcome> outcomes, Duration took) {
        Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
        Map<String, Integer> problems = new TreeMap<>();
        Histogram firstByteMicros = new Histogram(3);
        Histogram tookMicros = new Histogram(3);
        for (Outcome outcome : outcomes) {
            verdicts.merge(outcome.verdict(), 1, Integer::sum);
            if (!outcome.problem().isEmpty()) {
                problems.merge(outcome.problem(), 1, Integer::sum);
            }
            if (outcome.firstByteNanos() >= 0) {
                firstByteMicros.recordValue(outcome.firstByteNanos() / 1000);
            }
            if (outcome.verdict() == Verdict.OK) {
                tookMicros.recordValue(outcome.tookNanos() / 1000);
            }
        }
        long bytes = outcomes.stream().mapToLong(Outcome::bytes).sum();
        double seconds = took.toNanos() / 1e9;
        return new Report(
                verdicts.getOrDefault(Verdict.OK, 0),
                verdicts.getOrDefault(Verdict.DROPPED, 0),
                verdicts.getOrDefault(Verdict.FAILED, 0),
                verdicts.getOrDefault(Verdict.WRONG_DIGEST, 0),
                bytes,
                seconds,
                bytes / seconds / 1e6,
                percentiles(firstByteMicros),
                percentiles(tookMicros),
                outcomes.stream().mapToLong(Outcome::stallNanos).max().orElse(0) / 1e6,
                problems);
    }

    private static Map<String, Double> percentiles(Histogram micros) {
        Map<String, Double> millis = new LinkedHashMap<>();
        for (int percentile : List.of(50, 90, 99)) {
            millis.put("p" + percentile, micros.getValueAtPercentile(percentile) / 1e3);
        }
        millis.put("max", micros.getMaxValue() / 1e3);
        return millis;
    }

    /** Whether every download ended as it was meant to. */
    boolean clean() {
        return failed == 0 && wrongDigest == 0;
    }

    String table() {
        StringBuilder lines = new StringBuilder();
        line(lines, "downloads", "%d ok, %d dropped, %d failed, %d wrong digest", ok, dropped, failed, wrongDigest);
        line(lines, "bytes", "%,d in %.2f s, %.0f MB/s", bytes, seconds, megabytesPerSecond);
        line(lines, "first byte", "%s", text(firstByteMillis));
        line(lines, "whole", "%s", text(tookMillis));
        line(lines, "longest stall", "%.1f ms", longestStallMillis);
        problems.forEach((problem, times) -> line(lines, "problem", "%d × %s", times, problem));
        return lines.toString();
    }

    private static String text(Map<String, Double> percentiles) {
        StringBuilder text = new StringBuilder();
        percentiles.forEach((name, millis) -> text.append(String.format(Locale.ROOT, "%s %.1f ms  ", name, millis)));
        return text.toString().strip();
    }

    private static void line(StringBuilder lines, String title, String format, Object... values) {
        lines.append(String.format(Locale.ROOT, "%-14s ", title))
                .append(String.format(Locale.ROOT, format, values))
                .append(System.lineSeparator());
    }
}
