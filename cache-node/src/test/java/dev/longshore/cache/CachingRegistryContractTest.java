package dev.longshore.cache;

import dev.longshore.config.DataSize;
import dev.longshore.config.StorageSettings;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.oci.Registry;
import dev.longshore.upstream.Upstreams;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

final class CachingRegistryContractTest extends RegistryContract {

    @TempDir
    private Path directory;

    @Override
    Registry open(Vertx vertx, Upstreams upstreams, Map<String, UpstreamSettings> policies) throws IOException {
        StorageSettings storage = new StorageSettings(directory, DataSize.ofGiB(1), DataSize.ofMiB(0), null);
        return CachingRegistry.open(
                vertx, storage, policies, upstreams, Tiers.NONE, new SimpleMeterRegistry(), Clock.systemUTC());
    }

    @Override
    Future<Void> close(Registry opened) {
        return ((CachingRegistry) opened).close();
    }
}
