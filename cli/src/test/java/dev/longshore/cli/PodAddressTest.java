package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.config.Flags;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodAddressTest {

    private static final String SERVICE = "kubernetes: {service-dns: nodes}";

    @TempDir
    private Path directory;

    @Test
    void aPodIsWhereItsOwnNameLeadsUnlessThatIsItsLoopback() throws Exception {
        InetAddress own = InetAddress.getLocalHost();
        assertThat(PodAddress.of(settings("0.0.0.0:5100", SERVICE)))
                .isEqualTo(own.isLoopbackAddress() ? Optional.empty() : Optional.of(own.getHostAddress()));
    }

    @Test
    void whoServesElsewhereThanItAdvertisesIsFoundByName() throws Exception {
        assertThat(PodAddress.of(settings("127.0.0.1:5100", SERVICE))).isEmpty();
        assertThat(PodAddress.of(settings("0.0.0.0:5200", SERVICE))).isEmpty();
    }

    @Test
    void outsideOfKubernetesWhatIsAdvertisedIsDialled() throws Exception {
        assertThat(PodAddress.of(settings("0.0.0.0:5100", "members: [node-1:5701]")))
                .isEmpty();
    }

    private Settings settings(String listen, String others) throws Exception {
        String text = """
                listen: %s
                storage: {directory: "%s", min-free: 0B}
                cluster:
                  secret: secret
                  advertise: node-0:5100
                  %s
                """.formatted(listen, directory.resolve("data"), others);
        Path file = Files.writeString(directory.resolve("longshore.yaml"), text);
        return Settings.load(Role.CACHE_NODE, file, Map.of(), Flags.NONE);
    }
}
