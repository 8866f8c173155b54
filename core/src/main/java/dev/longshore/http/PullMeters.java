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
    private final Map<Request, Counter> requests = new ConcurrentHashMap<>();
    private final Map<Content, Sent> contents = new ConcurrentHashMap<>();

    private record Request(Kind kind, String method, int status) {}

    private record Content(Kind kind, @Nullable Tier tier) {}

    private record Sent(Timer whole, Timer firstByte, Counter bytes) {}

    /** @param role of this process, as its command is called */
    public PullMeters(String role, MeterRegistry registry) {
        this.role = role;
        this.registry = registry;
    }

    void answered(Served served) {
        HttpMethod method = served.request().method();
        boolean reads = method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
        requests.computeIfAbsent(
                        new Request(served.kind(), reads ? method.name() : "other", served.status()), this::requests)
                .increment();
        Origin origin = served.origin();
        Sent sent = contents.computeIfAbsent(
                new Content(served.kind(), origin == null ? null : origin.tier()), this::contents);
        sent.whole.record(served.tookNanos(), TimeUnit.NANOSECONDS);
        sent.firstByte.record(served.firstByteNanos(), TimeUnit.NANOSECONDS);
        sent.bytes.increment((double) served.bytes());
    }

    private Counter requests(Request request) {
        return Counter.builder("longshore.requests")
                .description("Requests answered")
                .tag("role", role)
                .tag("kind", request.kind.label())
                .tag("method", request.method)
                .tag("code", Integer.toString(request.status))
                .register(registry);
    }

    private Sent contents(Content content) {
        String kind = content.kind.label();
        Tier tier = content.tier;
        String source = tier == null ? "none" : tier.name().toLowerCase(Locale.ROOT);
        return new Sent(
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
