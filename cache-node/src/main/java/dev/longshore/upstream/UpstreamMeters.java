package dev.longshore.upstream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** What one upstream was asked, and what it gave, as numbers. Thread-safe. */
final class UpstreamMeters {

    private final String upstream;
    private final MeterRegistry registry;
    private final Counter bytes;

    /** @param upstream its name in the configuration */
    UpstreamMeters(String upstream, MeterRegistry registry) {
        this.upstream = upstream;
        this.registry = registry;
        this.bytes = Counter.builder("longshore.upstream")
                .description("Bytes of bodies that came from an upstream")
                .baseUnit("bytes")
                .tag("upstream", upstream)
                .register(registry);
    }

    /**
     * One request and the head of its answer, wherever a redirect had led.
     *
     * @param kind of an {@link Ask}, or a token
     * @param code the status, or none
     */
    void asked(String kind, String code) {
        Counter.builder("longshore.upstream.requests")
                .description(
                        "Requests to an upstream, its token realm and its redirects; none for those without an answer")
                .tag("upstream", upstream)
                .tag("kind", kind)
                .tag("code", code)
                .register(registry)
                .increment();
    }

    void received(long count) {
        bytes.increment((double) count);
    }

    void watch(RateBudget budget) {
        Gauge.builder(
                        "longshore.upstream.ratelimit.remaining",
                        budget,
                        known -> known.remaining().isPresent()
                                ? known.remaining().getAsLong()
                                : Double.NaN)
                .description("Pulls that the upstream still allows, by its own word; NaN where it says nothing")
                .tag("upstream", upstream)
                .register(registry);
    }
}
