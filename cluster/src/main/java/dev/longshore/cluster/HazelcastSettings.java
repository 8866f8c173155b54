package dev.longshore.cluster;

import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.client.config.ClientConnectionStrategyConfig;
import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.Config;
import com.hazelcast.config.InterfacesConfig;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.SerializationConfig;
import com.hazelcast.instance.BuildInfoProvider;
import dev.longshore.config.ClusterSettings;
import dev.longshore.config.Listen;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How Hazelcast is run: quick to join, quick to notice who is gone, silent towards the world, and closed to what is not
 * needed, as far as its community edition can be.
 */
final class HazelcastSettings {

    /** Digest → the process that fetches it. */
    static final String LEASES = "longshore-leases";

    /** Process → its farewell. */
    static final String DRAINING = "longshore-draining";

    /** Process → its latest signature. */
    static final String SIGNATURES = "longshore-signatures";

    /** A random name → a purge, signed. */
    static final String PURGES = "longshore-purges";

    static final int LEASE_SECONDS = 15;
    private static final int DRAIN_SECONDS = 24 * 3600;
    private static final int SIGNATURE_SECONDS = 3600;
    private static final int PURGE_SECONDS = 24 * 3600;

    private static final String TRUE = "true";
    private static final String FALSE = "false";

    static {
        // What Hazelcast logs before any configuration is read.
        System.setProperty("hazelcast.logging.type", "slf4j");
    }

    private HazelcastSettings() {}

    /** A node: a member that listens where the settings say, and nowhere else. Looks up names: not for an event loop. */
    static Config member(ClusterSettings settings, Map<String, String> attributes) throws UnknownHostException {
        Config config = new Config();
        config.setClusterName(clusterName(settings));
        config.getMemberAttributeConfig().setAttributes(attributes);
        config.setProperty("hazelcast.phone.home.enabled", FALSE);
        // SIGTERM drains; Hazelcast's own hook would take the leases away under the last fills.
        config.setProperty("hazelcast.shutdownhook.enabled", FALSE);
        config.setProperty("hazelcast.graceful.shutdown.max.wait", "5");
        config.setProperty("hazelcast.health.monitoring.level", "OFF");
        // Few and small entries: with fewer partitions than the usual 271, less is to be moved when a node comes or
        // goes.
        config.setProperty("hazelcast.partition.count", "31");
        config.setProperty("hazelcast.discovery.enabled", TRUE);
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.setProperty("hazelcast.heartbeat.interval.seconds", "1");
        config.setProperty("hazelcast.max.no.heartbeat.seconds", "5");
        config.setProperty("hazelcast.client.max.no.heartbeat.seconds", "5");
        config.setProperty("hazelcast.merge.first.run.delay.seconds", "10");
        config.setProperty("hazelcast.merge.next.run.delay.seconds", "10");
        listen(config, settings);
        join(config.getNetworkConfig().getJoin(), settings);
        close(config);
        // A lease need not outlive two nodes that are lost at once, and a frozen backup must not hold up a pull.
        config.addMapConfig(
                new MapConfig(LEASES).setBackupCount(0).setAsyncBackupCount(1).setTimeToLiveSeconds(LEASE_SECONDS));
        config.addMapConfig(new MapConfig(DRAINING).setTimeToLiveSeconds(DRAIN_SECONDS));
        config.addMapConfig(new MapConfig(SIGNATURES).setTimeToLiveSeconds(SIGNATURE_SECONDS));
        config.addMapConfig(new MapConfig(PURGES).setTimeToLiveSeconds(PURGE_SECONDS));
        return config;
    }

    /** A gateway: a client that looks for the cluster for as long as it runs. */
    static ClientConfig client(ClusterSettings settings) {
        ClientConfig config = new ClientConfig();
        config.setClusterName(clusterName(settings));
        config.setProperty("hazelcast.discovery.enabled", TRUE);
        config.setProperty("hazelcast.client.heartbeat.interval", "1000");
        config.setProperty("hazelcast.client.heartbeat.timeout", "4000");
        config.getMetricsConfig().setEnabled(false);
        config.getNetworkConfig().setConnectionTimeout(2000);
        config.getNetworkConfig().getAutoDetectionConfig().setEnabled(false);
        config.getNetworkConfig().getDiscoveryConfig().addDiscoveryStrategyConfig(Seeds.of(settings));
        config.getConnectionStrategyConfig()
                .setAsyncStart(true)
                .setReconnectMode(ClientConnectionStrategyConfig.ReconnectMode.ASYNC);
        config.getConnectionStrategyConfig()
                .getConnectionRetryConfig()
                .setInitialBackoffMillis(100)
                .setMaxBackoffMillis(2000)
                .setMultiplier(1.5)
                .setJitter(0.2)
                .setClusterConnectTimeoutMillis(-1);
        filter(config.getSerializationConfig());
        return config;
    }

    /**
     * A member is turned away by a cluster of another minor version: during a roll-out the old nodes and the new ones are
     * two clusters, which must not find each other.
     */
    private static String clusterName(ClusterSettings settings) {
        String[] version = BuildInfoProvider.getBuildInfo().getVersion().split("\\.", 3);
        return settings.name() + "-hazelcast-" + version[0] + "." + version[1];
    }

    /** On every interface, a member still has one address, at which alone it may be called: that where others look. */
    private static void listen(Config config, ClusterSettings settings) throws UnknownHostException {
        Listen listen = settings.hazelcast();
        config.getNetworkConfig().setPort(listen.port()).setPortAutoIncrement(false);
        InetAddress address = InetAddress.getByName(listen.host());
        config.setProperty("hazelcast.socket.bind.any", Boolean.toString(address.isAnyLocalAddress()));
        Optional<InetAddress> known = address.isAnyLocalAddress() ? lookedFor(settings) : Optional.of(address);
        InterfacesConfig interfaces = config.getNetworkConfig().getInterfaces();
        known.ifPresent(own -> interfaces.setEnabled(true).addInterface(own.getHostAddress()));
    }

    private static Optional<InetAddress> lookedFor(ClusterSettings settings) {
        return Stream.concat(Stream.ofNullable(settings.advertise()), settings.members().stream())
                .flatMap(place -> Seeds.addresses(place.host()))
                .filter(HazelcastSettings::isOwn)
                .findFirst();
    }

    private static boolean isOwn(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }

    private static void join(JoinConfig join, ClusterSettings settings) {
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getDiscoveryConfig().addDiscoveryStrategyConfig(Seeds.of(settings));
    }

    /** Off by default, as REST is: said again, should a default change. */
    private static void close(Config config) {
        config.getNetworkConfig().getMemcacheProtocolConfig().setEnabled(false);
        config.getAdvancedNetworkConfig().setEnabled(false);
        config.getJetConfig().setEnabled(false).setResourceUploadEnabled(false);
        config.getNamespacesConfig().setEnabled(false);
        config.getManagementCenterConfig()
                .setScriptingEnabled(false)
                .setConsoleEnabled(false)
                .setDataAccessEnabled(false);
        config.getMetricsConfig().setEnabled(false);
        filter(config.getSerializationConfig());
    }

    /** Nothing of ours is a serialized Java object; what remains are the errors that Hazelcast itself sends. */
    private static void filter(SerializationConfig serialization) {
        JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig().setDefaultsDisabled(true);
        filter.setBlacklist(new ClassFilter().addPrefixes("java.lang.reflect.", "java.lang.invoke."));
        filter.setWhitelist(new ClassFilter()
                .addPrefixes(
                        "java.lang.",
                        "[Ljava.lang.",
                        "com.hazelcast.",
                        "java.util.concurrent.",
                        "java.util.Collections$")
                .addClasses("java.util.ArrayList", "java.io.IOException", "java.io.EOFException"));
        serialization.setJavaSerializationFilterConfig(filter);
    }
}
