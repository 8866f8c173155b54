package dev.longshore.cli;

import dev.longshore.config.Settings;
import dev.longshore.http.PullMeters;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Locale;

/** What a process counts and measures, for Prometheus. Thread-safe. */
final class Meters {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final PullMeters pulls;

    private Meters(String role) {
        this.pulls = new PullMeters(role, registry);
    }

    /** Those of a process of this role, and of its JVM. */
    static Meters of(Settings settings) {
        String role = settings.role().name().toLowerCase(Locale.ROOT).replace('_', '-');
        Meters meters = new Meters(role);
        // Named against Prometheus' rules, and of no use beside process_cpu_usage.
        meters.registry.config().meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
        meters.registry.config().meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"));
        new ClassLoaderMetrics().bindTo(meters.registry);
        new JvmMemoryMetrics().bindTo(meters.registry);
        new JvmThreadMetrics().bindTo(meters.registry);
        new ProcessorMetrics().bindTo(meters.registry);
        new FileDescriptorMetrics().bindTo(meters.registry);
        new UptimeMetrics().bindTo(meters.registry);
        Gauge.builder("longshore.info", () -> 1)
                .description("Always 1")
                .tag("role", role)
                .tag("version", Version.text())
                .register(meters.registry);
        return meters;
    }

    MeterRegistry registry() {
        return registry;
    }

    /** What is told of each pull. */
    PullMeters pulls() {
        return pulls;
    }

    /** In Prometheus' text format. */
    String text() {
        return registry.scrape();
    }
}
