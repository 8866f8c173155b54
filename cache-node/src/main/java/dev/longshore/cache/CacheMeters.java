package dev.longshore.cache;

import dev.longshore.oci.RegistryException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.function.IntSupplier;

/** What a cache does, as numbers. Thread-safe. */
final class CacheMeters {

    private final MeterRegistry registry;
    private final Counter joins;

    CacheMeters(MeterRegistry registry) {
        this.registry = registry;
        this.joins = Counter.builder("longshore.fill.joins")
                .description("Pulls that found their blob on its way for somebody else")
                .register(registry);
        // Those that are not of an upstream's making, so that there is something to see before the first.
        List.of("no_space", "disk", "other").forEach(this::failures);
    }

    void joined() {
        joins.increment();
    }

    /** A fill that was not needed has not failed. */
    void failed(Throwable cause) {
        if (!(cause instanceof Fill.Needless)) {
            failures(reason(cause)).increment();
        }
    }

    private Counter failures(String reason) {
        return Counter.builder("longshore.fill.failures")
                .description("Fills that published nothing")
                .tag("reason", reason)
                .register(registry);
    }

    private static String reason(Throwable cause) {
        if (cause instanceof Fill.NoSpace) {
            return "no_space";
        }
        if (cause instanceof RegistryException known) {
            return known.code().name().toLowerCase(Locale.ROOT);
        }
        return cause instanceof IOException || cause instanceof UncheckedIOException ? "disk" : "other";
    }

    void fills(IntSupplier underWay) {
        Gauge.builder("longshore.fills.inflight", underWay::getAsInt)
                .description("Blobs on their way to the disk")
                .register(registry);
    }

    void disk(DiskBlobStore store, long capacity) {
        Gauge.builder("longshore.disk.used", store, DiskBlobStore::used)
                .description("Of the disk's budget, with what is reserved for fills")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("longshore.disk.capacity", () -> capacity)
                .description("The disk's budget")
                .baseUnit("bytes")
                .register(registry);
        FunctionCounter.builder("longshore.disk.evictions", store, DiskBlobStore::evictions)
                .description("Blobs that had to go for others")
                .register(registry);
    }

    void uploads(IntSupplier pending) {
        Gauge.builder("longshore.s3.pending.uploads", pending::getAsInt)
                .description("Blobs and links that the bucket has not got yet")
                .register(registry);
    }
}
