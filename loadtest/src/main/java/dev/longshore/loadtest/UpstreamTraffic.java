package dev.longshore.loadtest;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a load cost the upstream. Immutable.
 *
 * @param sentBytes of the digests that were downloaded whole
 * @param distinctBytes of the same, each digest once
 * @param amplification how often each byte was sent: 1 for a mirror that had nothing and is perfect, 0 for one that had all
 * @param firstByteMillis by name (p50, p90, p99, max): how long after its first byte a client had one, of the downloads of
 *     what it had never sent before; this supposes that both see the same clock
 */
record UpstreamTraffic(long sentBytes, long distinctBytes, double amplification, Map<String, Double> firstByteMillis) {

    /** Null if nobody counted, or nothing was downloaded whole. */
    static @Nullable UpstreamTraffic between(
            @Nullable UpstreamCount before, @Nullable UpstreamCount after, List<Outcome> outcomes) {
        Map<String, Long> sizes = outcomes.stream()
                .filter(outcome -> outcome.verdict() == Outcome.Verdict.OK
                        && outcome.download().digest() != null
                        && outcome.download().window() == null)
                .collect(Collectors.toMap(UpstreamTraffic::digest, Outcome::bytes, Math::max));
        if (before == null || after == null || sizes.isEmpty()) {
            return null;
        }
        long sent = sizes.keySet().stream()
                .mapToLong(digest -> after.of(digest) - before.of(digest))
                .sum();
        long distinct = sizes.values().stream().mapToLong(Long::longValue).sum();
        List<Outcome> fresh = outcomes.stream()
                .filter(outcome -> outcome.firstByteNanos() >= 0)
                .filter(outcome -> after.firstBytes().containsKey(digest(outcome)))
                .filter(outcome -> !before.firstBytes().containsKey(digest(outcome)))
                .toList();
        return new UpstreamTraffic(
                sent,
                distinct,
                (double) sent / Math.max(1, distinct),
                Report.percentiles(fresh, outcome -> nanosAfter(after.firstBytes(), outcome)));
    }

    private static long nanosAfter(Map<String, Double> firstBytes, Outcome outcome) {
        Instant began = outcome.began();
        double sent = firstBytes.getOrDefault(digest(outcome), 0.0);
        double millis = began.getEpochSecond() * 1e3 + began.getNano() / 1e6 - sent;
        return Math.max(0, (long) (millis * 1e6) + outcome.firstByteNanos());
    }

    private static String digest(Outcome outcome) {
        return String.valueOf(outcome.download().digest());
    }
}
