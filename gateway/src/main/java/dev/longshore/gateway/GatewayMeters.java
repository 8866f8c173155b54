package dev.longshore.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What a gateway makes good, as numbers. Thread-safe. */
public final class GatewayMeters {

    private final Counter unanswered;
    private final Counter broken;

    public GatewayMeters(MeterRegistry registry) {
        this.unanswered = failovers("no_answer", registry);
        this.broken = failovers("body", registry);
    }

    private static Counter failovers(String reason, MeterRegistry registry) {
        return Counter.builder("longshore.failovers")
                .description("Times that a node was left for the next one: it gave no answer, or broke off a body")
                .tag("reason", reason)
                .register(registry);
    }

    void unanswered() {
        unanswered.increment();
    }

    void broken() {
        broken.increment();
    }
}
