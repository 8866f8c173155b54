package dev.longshore.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.logging.Logger;
import com.hazelcast.spi.discovery.DiscoveryStrategy;
import dev.longshore.config.ClusterSettings;
import dev.longshore.config.Listen;
import dev.longshore.config.Secret;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Where the cluster is looked for. */
final class SeedsTest {

    private static final Listen HAZELCAST = new Listen("0.0.0.0", 5701);

    @Test
    void membersAndTheServiceAreBothLookedFor() {
        assertThat(found(List.of(new Listen("127.0.0.2", 5702)), "127.0.0.1"))
                .containsExactly("127.0.0.2:5702", "127.0.0.1:5701");
    }

    @Test
    void aNameThatDoesNotResolveIsNobody() {
        assertThat(found(
                        List.of(new Listen("nobody.invalid", 5701), new Listen("127.0.0.1", 5701)),
                        "no-service.invalid"))
                .containsExactly("127.0.0.1:5701");
    }

    @Test
    void whoIsNamedTwiceIsOne() {
        assertThat(found(List.of(new Listen("127.0.0.1", 5701)), "127.0.0.1")).containsExactly("127.0.0.1:5701");
    }

    private static List<String> found(List<Listen> members, String service) {
        ClusterSettings settings =
                new ClusterSettings("longshore", List.of(Secret.of("s")), null, null, members, service, HAZELCAST);
        DiscoveryStrategy seeds = Seeds.of(settings)
                .getDiscoveryStrategyFactory()
                .newDiscoveryStrategy(null, Logger.getLogger(Seeds.class), Map.of());
        return StreamSupport.stream(seeds.discoverNodes().spliterator(), false)
                .map(node -> node.getPublicAddress().getHost() + ":"
                        + node.getPublicAddress().getPort())
                .toList();
    }
}
