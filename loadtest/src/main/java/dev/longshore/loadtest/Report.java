package dev.longshore.loadtest;

import dev.longshore.loadtest.Outcome.Verdict;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What a load came to, for a person or a script. Immutable.
 *
 * @param firstByteMillis by name: p50, p90, p99, max
 * @param tookMillis likewise, of those that came whole
 * @param stallMillis likewise, of the longest silence in each download
 * @param bytesBySource by what the mirror said in {@code X-Cache}
 * @param problems how often each
 * @param failures the first downloads that did not end well, each with the time of day
 * @param upstream null if nobody counted
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
        Map<String, Double> stallMillis,
        double longestStallMillis,
        Map<String, Long> bytesBySource,
        Map<String, Integer> problems,
        List<String> failures,
        @Nullable UpstreamTraffic upstream,
        List<Meanwhile.Command> commands) {
    private static final int FAILURES_SHOWN = 20;

    static Report of(
            List<Outcome> outcomes,
            Duration took,
            @Nullable UpstreamTraffic upstream,
            List<Meanwhile.Command> commands) {
        List<Outcome> begun = outcomes.stream()
                .filter(outcome -> outcome.firstByteNanos() >= 0)
                .toList();
        List<Outcome> whole = of(Verdict.OK, outcomes);
        long bytes = outcomes.stream().mapToLong(Outcome::bytes).sum();
        double seconds = took.toNanos() / 1e9;
        return new Report(
                whole.size(),
                of(Verdict.DROPPED, outcomes).size(),
                of(Verdict.FAILED, outcomes).size(),
                of(Verdict.WRONG_DIGEST, outcomes).size(),
                bytes,
                seconds,
                bytes / seconds / 1e6,
                percentiles(begun, Outcome::firstByteNanos),
                percentiles(whole, Outcome::tookNanos),
                percentiles(outcomes, Outcome::stallNanos),
                outcomes.stream().mapToLong(Outcome::stallNanos).max().orElse(0) / 1e6,
                outcomes.stream()
                        .filter(outcome -> !outcome.source().isEmpty())
                        .collect(Collectors.groupingBy(
                                Outcome::source, TreeMap::new, Collectors.summingLong(Outcome::bytes))),
                outcomes.stream()
                        .filter(outcome -> !outcome.problem().isEmpty())
                        .collect(Collectors.toMap(Outcome::problem, outcome -> 1, Integer::sum, TreeMap::new)),
                outcomes.stream()
                        .filter(outcome -> !outcome.clean())
                        .limit(FAILURES_SHOWN)
                        .map(Report::failure)
                        .toList(),
                upstream,
                commands);
    }

    private static List<Outcome> of(Verdict verdict, List<Outcome> outcomes) {
        return outcomes.stream().filter(outcome -> outcome.verdict() == verdict).toList();
    }

    static Map<String, Double> percentiles(List<Outcome> outcomes, ToLongFunction<Outcome> nanos) {
        Histogram micros = new Histogram(3);
        outcomes.forEach(outcome -> micros.recordValue(nanos.applyAsLong(outcome) / 1000));
        Map<String, Double> millis = new LinkedHashMap<>();
        for (int percentile : List.of(50, 90, 99)) {
            millis.put("p" + percentile, micros.getValueAtPercentile(percentile) / 1e3);
        }
        millis.put("max", micros.getMaxValue() / 1e3);
        return millis;
    }

    private static String failure(Outcome outcome) {
        return String.format(
                Locale.ROOT,
                "%s %s: %s, %,d bytes and %.3f s after its begin",
                LocalTime.ofInstant(outcome.began(), ZoneId.systemDefault()).truncatedTo(ChronoUnit.MILLIS),
                outcome.download().url(),
                outcome.problem(),
                outcome.bytes(),
                outcome.tookNanos() / 1e9);
    }

    /** Whether every download and every command ended as it was meant to. */
    boolean clean() {
        return failed == 0 && wrongDigest == 0 && commands.stream().allMatch(command -> command.exitCode() == 0);
    }

    String table() {
        StringBuilder lines = new StringBuilder();
        line(lines, "downloads", "%d ok, %d dropped, %d failed, %d wrong digest", ok, dropped, failed, wrongDigest);
        line(lines, "bytes", "%,d in %.2f s, %.0f MB/s", bytes, seconds, megabytesPerSecond);
        line(lines, "first byte", "%s", text(firstByteMillis));
        line(lines, "whole", "%s", text(tookMillis));
        line(lines, "stalls", "%s", text(stallMillis));
        line(lines, "longest stall", "%.1f ms", longestStallMillis);
        bytesBySource.forEach((source, sum) -> line(lines, "source", "%s %,d bytes", source, sum));
        if (upstream != null) {
            line(
                    lines,
                    "upstream",
                    "%,d bytes for %,d distinct ones: amplification %.3f",
                    upstream.sentBytes(),
                    upstream.distinctBytes(),
                    upstream.amplification());
            line(lines, "", "first byte after the upstream's: %s", text(upstream.firstByteMillis()));
        }
        for (Meanwhile.Command command : commands) {
            line(
                    lines,
                    "command",
                    "exit code %d, at %.2f s for %.2f s: %s",
                    command.exitCode(),
                    command.atSeconds(),
                    command.seconds(),
                    command.command());
        }
        problems.forEach((problem, times) -> line(lines, "problem", "%d × %s", times, problem));
        failures.forEach(failure -> line(lines, "failure", "%s", failure));
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
