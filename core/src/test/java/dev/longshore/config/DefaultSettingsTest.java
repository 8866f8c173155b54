package dev.longshore.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class DefaultSettingsTest {

    private static final long GIB = 1L << 30;

    @Test
    void nothingConfiguredIsAMirrorOfThePublicRegistries() throws InvalidSettings {
        Settings settings = withRoom(1000 * GIB);

        assertThat(settings.listen()).isEqualTo(new Listen("0.0.0.0", 5000));
        assertThat(settings.drainTimeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(settings.ops()).isEqualTo(new OpsSettings(new Listen("0.0.0.0", 9090), null));
        assertThat(settings.log()).isEqualTo(new LogSettings(LogSettings.Level.INFO, LogSettings.Format.TEXT, true));
        assertThat(settings.upstreams().keySet())
                .containsExactly(
                        "docker.io",
                        "ghcr.io",
                        "quay.io",
                        "gcr.io",
                        "registry.k8s.io",
                        "mcr.microsoft.com",
                        "public.ecr.aws");
        assertThat(settings.defaultUpstream()).isEqualTo("docker.io");
        assertThat(settings.storage())
                .isEqualTo(new StorageSettings(Path.of("./data"), DataSize.ofGiB(50), DataSize.ofGiB(1), null));
        assertThat(settings.blobDelivery()).isEqualTo(BlobDelivery.PROXY);
        assertThat(settings)
                .extracting(Settings::tls, Settings::auth, Settings::cluster)
                .containsOnlyNulls();
    }

    @Test
    void dockerHubAnswersElsewhereThanItsName() throws InvalidSettings {
        assertThat(withRoom(GIB).upstreams().get("docker.io"))
                .isEqualTo(new UpstreamSettings(
                        "docker.io",
                        URI.create("https://registry-1.docker.io"),
                        null,
                        null,
                        Duration.ofSeconds(60),
                        Duration.ofDays(7),
                        32,
                        List.of("auth.docker.io"),
                        new Timeouts(Duration.ofSeconds(3), Duration.ofSeconds(10), Duration.ofSeconds(30)),
                        null,
                        false));
    }

    @Test
    void everyOtherUpstreamIsAtItsOwnName() throws InvalidSettings {
        UpstreamSettings upstream =
                Objects.requireNonNull(withRoom(GIB).upstreams().get("ghcr.io"));

        assertThat(upstream).isEqualTo(UpstreamSettings.of("ghcr.io", URI.create("https://ghcr.io")));
        assertThat(upstream.tokenHosts()).isEmpty();
    }

    @Test
    void aSmallDiskIsUsedForFourFifths() throws InvalidSettings {
        assertThat(withRoom(10 * GIB).storage().capacity()).isEqualTo(DataSize.ofGiB(8));
    }

    @Test
    void aFullDiskStillLeavesABudget() throws InvalidSettings {
        assertThat(withRoom(0).storage().capacity()).isEqualTo(DataSize.ofMiB(1));
    }

    @Test
    void theDefaultsHoldOnARealDisk() throws InvalidSettings {
        assertThat(Settings.defaults(Role.STANDALONE).storage().capacity()).isLessThanOrEqualTo(DataSize.ofGiB(50));
    }

    private static Settings withRoom(long bytes) throws InvalidSettings {
        return new SettingsReader(Role.STANDALONE, Map.of(), Flags.NONE, directory -> bytes).read(null);
    }
}
