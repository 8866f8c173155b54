package dev.longshore.loadtest;

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
 */
record UpstreamTraffic(long sentBytes, long distinctBytes, double amplification) {

    /** Null if nobody counted, or nothing was downloaded whole. */
    static @Nullable UpstreamTraffic between(
            @Nullable UpstreamCount before, @Nullable UpstreamCount after, List<Outcome> outcomes) {
        Map<String, Long> sizes = outcomes.stream()
                .filter(outcome -> outcome.verdict() == Outcome.Verdict.OK
                        && outcome.download().digest() != null
                        && outcome.download().window() == null)
                .collect(Collectors.toMap(
                        outcome -> String.valueOf(outcome.download().digest()), Outcome::bytes, Math::max));
        if (before == null || after == null || sizes.isEmpty()) {
            return null;
        }
        long sent = sizes.keySet().stream()
                .mapToLong(digest -> after.of(digest) - before.of(digest))
                .sum();
        long distinct = sizes.values().stream().mapToLong(Long::longValue).sum();
        return new UpstreamTraffic(sent, distinct, (double) sent / Math.max(1, distinct));
    }
}
