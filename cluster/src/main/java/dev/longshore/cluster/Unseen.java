package dev.longshore.cluster;

import com.hazelcast.cluster.Address;
import dev.longshore.config.ClusterSettings;
import dev.longshore.config.Listen;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whom a process looks for and does not find in its cluster. Nodes that a firewall keeps apart are each at work and ready,
 * with a ring of their own: so somebody has to say it. Confined to one thread at a time, but for {@link #places()}.
 */
final class Unseen {

    /** Looks in a row with the same result, before it is said: others may just be starting. */
    private static final int PATIENCE = 6;

    private final ClusterSettings settings;
    private volatile List<String> places = List.of();
    private List<String> said = List.of();
    private int looks;

    Unseen(ClusterSettings settings) {
        this.settings = settings;
    }

    /** By the last look: as {@code host:port}, or the name of a service that leads nowhere. */
    List<String> places() {
        return places;
    }

    /**
     * Looks up names: blocks.
     *
     * @param members where the members of the cluster are called; of none when it cannot be seen
     * @return what the operator should hear now
     */
    Optional<String> look(Collection<Address> members) {
        List<String> now = Stream.concat(named(members), behindService(members)).toList();
        looks = now.equals(places) ? looks + 1 : 1;
        places = now;
        if (looks < PATIENCE || now.equals(said)) {
            return Optional.empty();
        }
        said = now;
        return now.isEmpty()
                ? Optional.empty()
                : Optional.of("not in the cluster: " + String.join(", ", now)
                        + "; is a firewall or a network policy between, or another version there?");
    }

    /** A host has many addresses, and is called at one of them. */
    private Stream<String> named(Collection<Address> members) {
        return settings.members().stream()
                .filter(place ->
                        Seeds.resolve(place).noneMatch(each -> members.contains(each) || isSelf(each, members)))
                .map(Listen::toString);
    }

    /** Each of its addresses is one node's; with two families of them, a node has one of the other as well. */
    private Stream<String> behindService(Collection<Address> members) {
        String service = settings.serviceDns();
        if (service == null) {
            return Stream.empty();
        }
        List<Address> there =
                Seeds.resolve(new Listen(service, settings.hazelcast().port())).toList();
        if (there.isEmpty()) {
            return Stream.of(service + ", which has no address");
        }
        return there.stream()
                .filter(each -> !members.contains(each))
                .filter(each ->
                        members.isEmpty() || members.stream().anyMatch(member -> member.isIPv4() == each.isIPv4()))
                .map(each -> each.getHost() + ":" + each.getPort())
                .sorted();
    }

    /** A host's own name often leads to its loopback interface. */
    private boolean isSelf(Address address, Collection<Address> members) {
        return !members.isEmpty() && address.getPort() == settings.hazelcast().port() && isLoopback(address);
    }

    private static boolean isLoopback(Address address) {
        try {
            return InetAddress.getByName(address.getHost()).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
