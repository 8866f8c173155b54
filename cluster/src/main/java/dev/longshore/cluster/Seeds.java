package dev.longshore.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.DiscoveryStrategyConfig;
import com.hazelcast.config.properties.PropertyDefinition;
import com.hazelcast.logging.ILogger;
import com.hazelcast.spi.discovery.AbstractDiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryNode;
import com.hazelcast.spi.discovery.DiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryStrategyFactory;
import com.hazelcast.spi.discovery.SimpleDiscoveryNode;
import dev.longshore.config.ClusterSettings;
import dev.longshore.config.Listen;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where to look for the cluster: at the members that the settings name, and at every address of the service that they name.
 * Names are looked up each time, since nodes come and go; one that does not resolve is nobody for now. Immutable.
 */
final class Seeds extends AbstractDiscoveryStrategy {

    private static final Logger LOG = LoggerFactory.getLogger(Seeds.class);

    private final List<Listen> places;

    private Seeds(List<Listen> places, ILogger logger) {
        super(logger, Map.of());
        this.places = places;
    }

    /** Those of {@code settings}; behind the service's name, nodes listen where this process would. */
    static DiscoveryStrategyConfig of(ClusterSettings settings) {
        List<Listen> places = new ArrayList<>(settings.members());
        if (settings.serviceDns() != null) {
            places.add(new Listen(settings.serviceDns(), settings.hazelcast().port()));
        }
        return new DiscoveryStrategyConfig(new Factory(List.copyOf(places)));
    }

    @Override
    public Iterable<DiscoveryNode> discoverNodes() {
        return places.stream()
                .flatMap(Seeds::resolve)
                .distinct()
                .<DiscoveryNode>map(SimpleDiscoveryNode::new)
                .toList();
    }

    /** Looks up the name: blocks. */
    static Stream<Address> resolve(Listen place) {
        return addresses(place.host()).map(address -> new Address(address, place.port()));
    }

    static Stream<InetAddress> addresses(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host));
        } catch (UnknownHostException e) {
            LOG.debug("no address of {}", host);
            return Stream.empty();
        }
    }

    private record Factory(List<Listen> places) implements DiscoveryStrategyFactory {

        @Override
        public Class<? extends DiscoveryStrategy> getDiscoveryStrategyType() {
            return Seeds.class;
        }

        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public DiscoveryStrategy newDiscoveryStrategy(
                DiscoveryNode self, ILogger logger, Map<String, Comparable> properties) {
            return new Seeds(places, logger);
        }

        @Override
        public Collection<PropertyDefinition> getConfigurationProperties() {
            return List.of();
        }
    }
}
