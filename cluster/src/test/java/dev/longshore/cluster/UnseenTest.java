package dev.longshore.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cluster.Address;
import dev.longshore.config.ClusterSettings;
import dev.longshore.config.Listen;
import dev.longshore.config.Secret;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UnseenTest {

    private static final Listen OWN = new Listen("0.0.0.0", 5701);

    @Test
    void itIsSaidOnceWhenItHasLasted() {
        Unseen unseen = unseen(null, new Listen("192.0.2.2", 5701), new Listen("192.0.2.3", 5701));

        List<Optional<String>> news = Stream.generate(() -> unseen.look(Set.of(address("192.0.2.2"))))
                .limit(20)
                .toList();

        assertThat(unseen.places()).containsExactly("192.0.2.3:5701");
        assertThat(news.stream().flatMap(Optional::stream))
                .singleElement()
                .asString()
                .startsWith("not in the cluster: 192.0.2.3:5701;");
        assertThat(news.subList(0, 5)).allMatch(Optional::isEmpty);
    }

    @Test
    void itIsSaidAgainWhenItComesBackButNotWhenItPasses() {
        Unseen unseen = unseen(null, new Listen("192.0.2.2", 5701));
        assertThat(lasting(unseen, Set.of())).hasSize(1);
        assertThat(lasting(unseen, Set.of(address("192.0.2.2")))).isEmpty();
        assertThat(unseen.places()).isEmpty();

        unseen.look(Set.of());
        assertThat(lasting(unseen, Set.of(address("192.0.2.2")))).isEmpty();
        assertThat(lasting(unseen, Set.of())).hasSize(1);
    }

    @Test
    void aServiceIsAsManyNodesAsItHasAddresses() {
        Unseen unseen = unseen("192.0.2.4");
        unseen.look(Set.of(address("192.0.2.2")));
        assertThat(unseen.places()).containsExactly("192.0.2.4:5701");
        unseen.look(Set.of(address("192.0.2.4")));
        assertThat(unseen.places()).isEmpty();
    }

    @Test
    void aServiceThatLeadsNowhereIsNamed() {
        Unseen unseen = unseen("nobody.invalid");
        unseen.look(Set.of());
        assertThat(unseen.places()).containsExactly("nobody.invalid, which has no address");
    }

    /** As on Debian, where a host's name stands for 127.0.1.1. */
    @Test
    void aNodeWhoseNameLeadsToItsLoopbackIsItself() {
        Unseen unseen = unseen(null, new Listen("127.0.1.1", 5701));
        unseen.look(Set.of(address("10.0.0.2")));
        assertThat(unseen.places()).isEmpty();
    }

    private static List<String> lasting(Unseen unseen, Set<Address> members) {
        return Stream.generate(() -> unseen.look(members))
                .limit(10)
                .flatMap(Optional::stream)
                .toList();
    }

    private static Address address(String host) {
        try {
            return new Address(host, 5701);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Unseen unseen(@Nullable String service, Listen... members) {
        return new Unseen(new ClusterSettings(
                "longshore", List.of(Secret.of("secret")), null, null, List.of(members), service, OWN));
    }
}
