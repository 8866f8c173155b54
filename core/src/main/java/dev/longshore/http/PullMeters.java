package dev.longshore.http;

import dev.longshore.http.Served.Kind;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Origin.Tier;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a process has answered, as numbers; each label has few values. Thread-safe. */
public final class PullMeters {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(5),
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(10),
        Duration.ofMinutes(1),
        Duration.ofMinutes(5)
    };

    private final String role;
    private final MeterRegistry registry;
    private final Map<Label, Meters> meters = new ConcurrentHashMap<>();

    private record Label(
            Kind kind, String method, int status, @Nullable Tier tier) {}

    private record Meters(Counter requests, Timer whole, Timer firstByte, Counter bytes) {}

    /** @param role of this process, as its command is called */
    public PullMeters(String role, MeterRegistry registry) {
        this.role = role;
        this.registry = registry;
    }

    void answered(Served served) {
        Meters counting = meters.computeIfAbsent(label(served), this::register);
        counting.requests.increment();
        counting.whole.record(served.tookNanos(), TimeUnit.NANOSECONDS);
        counting.firstByte.record(served.firstByteNanos(), TimeUnit.NANOSECONDS);
        counting.bytes.increment((double) served.bytes());
    }

    private static Label label(Served served) {
        HttpMethod method = served.request().method();
        boolean reads = method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
        Origin origin = served.origin();
        return new Label(
                served.kind(), reads ? method.name() : "other", served.status(), origin == null ? null : origin.tier());
    }

    /** Those of the same name and labels are the same, whatever else tells two answers apart. */
    private Meters register(Label label) {
        String kind = label.kind.label();
        Tier tier = label.tier;
        String source = tier == null ? "none" : tier.name().toLowerCase(Locale.ROOT);
        return new Meters(
                Counter.builder("longshore.requests")
                        .description("Requests answered")
                        .tag("role", role)
                        .tag("kind", kind)
                        .tag("method", label.method)
                        .tag("code", Integer.toString(label.status))
                        .register(registry),
                timer("longshore.request", "From a request to the last byte of its answer", kind, source),
                timer("longshore.first.byte", "From a request to the first byte of its answer", kind, source),
                Counter.builder("longshore.served")
                        .description("Bytes of bodies, by where they were read; none for errors")
                        .baseUnit("bytes")
                        .tag("kind", kind)
                        .tag("source", source)
                        .register(registry));
    }

    private Timer timer(String name, String description, String kind, String source) {
        return Timer.builder(name)
                .description(description)
                .tag("kind", kind)
                .tag("source", source)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }
}
