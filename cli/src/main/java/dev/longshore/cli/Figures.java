package dev.longshore.cli;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What was served since the start, and what it cost, in numbers that can be added up. Immutable.
 *
 * @param pulls of manifests and blobs that were answered with content
 * @param hits those of them that nobody else had to be asked for
 * @param served in bytes
 * @param saved bytes of those that no upstream had to send
 * @param pendingUploads what the bucket has not got yet
 */
record Figures(
        long pulls,
        long hits,
        long served,
        long saved,
        long diskUsed,
        long diskCapacity,
        long pendingUploads,
        Map<String, Upstream> upstreams) {

    static final Figures NONE = new Figures(0, 0, 0, 0, 0, 0, 0, Map.of());

    private static final Set<String> CONTENT = Set.of("manifest", "blob");
    private static final Set<String> FETCHED = Set.of("upstream", "s3", "peer");

    /**
     * What one upstream was asked for.
     *
     * @param remaining pulls that it still allows, where it says so
     */
    record Upstream(long requests, long bytes, OptionalLong remaining) {

        private Upstream plus(Upstream other) {
            // Each node knows what it was told last: the least of it is the safest to believe.
            long least = Math.min(remaining.orElse(Long.MAX_VALUE), other.remaining.orElse(Long.MAX_VALUE));
            return new Upstream(
                    requests + other.requests,
                    bytes + other.bytes,
                    least == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(least));
        }
    }

    /**
     * Those of this process.
     *
     * @param source which of the sources that bytes are read from count
     */
    static Figures of(MeterRegistry meters, Predicate<String> source) {
        Predicate<Meter> counts = meter -> CONTENT.contains(tag(meter, "kind"))
                && !tag(meter, "source").equals("none")
                && source.test(tag(meter, "source"));
        return new Figures(
                pulls(meters, counts),
                pulls(meters, counts.and(meter -> !FETCHED.contains(tag(meter, "source")))),
                bytes(meters, counts),
                bytes(meters, counts.and(meter -> !tag(meter, "source").equals("upstream"))),
                gauge(meters, "longshore.disk.used"),
                gauge(meters, "longshore.disk.capacity"),
                gauge(meters, "longshore.s3.pending.uploads"),
                upstreams(meters));
    }

    private static long pulls(MeterRegistry meters, Predicate<Meter> counts) {
        return meters.find("longshore.first.byte").timers().stream()
                .filter(counts)
                .mapToLong(Timer::count)
                .sum();
    }

    private static long bytes(MeterRegistry meters, Predicate<Meter> counts) {
        return sum(meters.find("longshore.served").counters().stream().filter(counts));
    }

    private static long sum(Stream<Counter> counters) {
        return (long) counters.mapToDouble(Counter::count).sum();
    }

    private static long gauge(MeterRegistry meters, String name) {
        Gauge gauge = meters.find(name).gauge();
        return gauge == null ? 0 : (long) gauge.value();
    }

    private static Map<String, Upstream> upstreams(MeterRegistry meters) {
        Map<String, Upstream> upstreams = new TreeMap<>();
        for (Gauge remaining :
                meters.find("longshore.upstream.ratelimit.remaining").gauges()) {
            String name = tag(remaining, "upstream");
            double left = remaining.value();
            upstreams.put(
                    name,
                    new Upstream(
                            sum(meters.find("longshore.upstream.requests").tag("upstream", name).counters().stream()),
                            sum(meters.find("longshore.upstream").tag("upstream", name).counters().stream()),
                            Double.isNaN(left) ? OptionalLong.empty() : OptionalLong.of((long) left)));
        }
        return upstreams;
    }

    private static String tag(Meter meter, String name) {
        return String.valueOf(meter.getId().getTag(name));
    }

    Figures plus(Figures other) {
        Map<String, Upstream> all = new TreeMap<>(upstreams);
        other.upstreams.forEach((name, more) -> all.merge(name, more, Upstream::plus));
        return new Figures(
                pulls + other.pulls,
                hits + other.hits,
                served + other.served,
                saved + other.saved,
                diskUsed + other.diskUsed,
                diskCapacity + other.diskCapacity,
                pendingUploads + other.pendingUploads,
                all);
    }

    /** Of the pulls, from 0 to 1; 0 when there were none. */
    double hitRatio() {
        return pulls == 0 ? 0 : (double) hits / pulls;
    }

    /** As {@link #read} reads it. */
    JsonObject json() {
        JsonObject each = new JsonObject();
        upstreams.forEach((name, upstream) -> each.put(
                name,
                new JsonObject()
                        .put("requests", upstream.requests)
                        .put("bytes", upstream.bytes)
                        .put(
                                "rateLimitRemaining",
                                upstream.remaining.isPresent() ? upstream.remaining.getAsLong() : null)));
        return new JsonObject()
                .put("pulls", pulls)
                .put("hits", hits)
                .put("hitRatio", hitRatio())
                .put("servedBytes", served)
                .put("savedBytes", saved)
                .put("diskUsedBytes", diskUsed)
                .put("diskCapacityBytes", diskCapacity)
                .put("pendingUploads", pendingUploads)
                .put("upstreams", each);
    }

    /** Of another process, perhaps of another version: what it does not say is nothing. */
    static Figures read(JsonObject json) {
        Map<String, Upstream> upstreams = new TreeMap<>();
        JsonObject each = json.getJsonObject("upstreams", new JsonObject());
        for (String name : each.fieldNames()) {
            JsonObject upstream = each.getJsonObject(name);
            Long remaining = upstream.getLong("rateLimitRemaining");
            upstreams.put(
                    name,
                    new Upstream(
                            upstream.getLong("requests", 0L),
                            upstream.getLong("bytes", 0L),
                            remaining == null ? OptionalLong.empty() : OptionalLong.of(remaining)));
        }
        return new Figures(
                json.getLong("pulls", 0L),
                json.getLong("hits", 0L),
                json.getLong("servedBytes", 0L),
                json.getLong("savedBytes", 0L),
                json.getLong("diskUsedBytes", 0L),
                json.getLong("diskCapacityBytes", 0L),
                json.getLong("pendingUploads", 0L),
                upstreams);
    }
}
