package dev.longshore.upstream;

import static dev.longshore.upstream.UpstreamFixture.assertRefused;
import static dev.longshore.upstream.UpstreamFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.config.UpstreamSettings;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.oci.Caller;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class UpstreamsTest {

    private final Vertx vertx = Vertx.vertx();
    private final FakeRegistry fake = FakeRegistry.start();
    private final Upstreams upstreams = Upstreams.of(
            vertx,
            List.of(UpstreamSettings.of("one.test", URI.create(fake.url())), UpstreamSettings.of("two.test")),
            ProxyEnvironment.of(Map.of()),
            new SimpleMeterRegistry());

    @AfterEach
    void close() {
        await(vertx.close());
        fake.close();
    }

    @Test
    void pullGoesToTheUpstreamItNames() {
        var image = fake.images().image("app", "1", new byte[] {1});

        assertThat(await(manifest("one.test")).descriptor().digest()).hasToString(image.digest());
        assertThat(fake.log().all()).hasSize(1);
    }

    @Test
    void whatIsNotListedIsNotFetched() {
        assertRefused(manifest("three.test"), ErrorCode.NAME_UNKNOWN).hasMessageContaining("three.test");
    }

    private Future<Manifest> manifest(String upstream) {
        return upstreams.manifest(
                new ManifestPull(Caller.client("127.0.0.1"), new RepositoryName(upstream, "app"), new Tag("1"), false));
    }
}
