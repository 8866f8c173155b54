package dev.longshore.cache;

import dev.longshore.cluster.Avoided;
import dev.longshore.cluster.BlobUrls;
import dev.longshore.cluster.ClusterKeys;
import dev.longshore.cluster.HopClient;
import dev.longshore.cluster.HopDoor;
import dev.longshore.cluster.HopSignature;
import dev.longshore.cluster.Node;
import dev.longshore.cluster.NodeHealth;
import dev.longshore.cluster.NodeRegistry;
import dev.longshore.cluster.StaticMembership;
import dev.longshore.cluster.WatchedNode;
import dev.longshore.config.DataSize;
import dev.longshore.config.Listen;
import dev.longshore.config.Secret;
import dev.longshore.config.StorageSettings;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.gateway.GatewayMeters;
import dev.longshore.gateway.RoutingRegistry;
import dev.longshore.http.PullMeters;
import dev.longshore.http.RegistryServer;
import dev.longshore.oci.Registry;
import dev.longshore.oci.UpstreamNames;
import dev.longshore.upstream.Upstreams;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.io.TempDir;

/** A gateway before two nodes, over signed hops. */
final class RoutedRegistryContractTest extends RegistryContract {

    @TempDir
    private Path directory;

    private final Clock clock = Clock.systemUTC();
    private final ClusterKeys keys = new ClusterKeys(() -> List.of(Secret.of("the key of the test")));
    private final HopSignature signature = new HopSignature(keys, clock);
    private final List<CachingRegistry> caches = new ArrayList<>();

    @Override
    Registry open(Vertx vertx, Upstreams upstreams, Map<String, UpstreamSettings> policies) throws IOException {
        List<Node> nodes = List.of(node(vertx, "a", upstreams, policies), node(vertx, "b", upstreams, policies));
        HopClient client = new HopClient(vertx, signature, new Avoided());
        NodeHealth health =
                new NodeHealth(() -> nodes, node -> new NodeRegistry(client, node, clock).ping(), new Avoided());
        return new RoutingRegistry(
                vertx,
                StaticMembership.of(nodes),
                node -> new WatchedNode(vertx, new NodeRegistry(client, node, clock), health),
                health,
                new GatewayMeters(new SimpleMeterRegistry()));
    }

    private Node node(Vertx vertx, String name, Upstreams upstreams, Map<String, UpstreamSettings> policies)
            throws IOException {
        StorageSettings storage =
                new StorageSettings(directory.resolve(name), DataSize.ofGiB(1), DataSize.ofMiB(0), null);
        CachingRegistry cache =
                CachingRegistry.open(vertx, storage, policies, upstreams, Tiers.NONE, new SimpleMeterRegistry(), clock);
        caches.add(cache);
        UpstreamNames names = UpstreamNames.of(policies.keySet(), Optional.empty());
        HopDoor door = new HopDoor(signature, new BlobUrls(keys, clock), new Avoided());
        try {
            RegistryServer server = RegistryServer.listen(
                            vertx,
                            "127.0.0.1",
                            0,
                            cache,
                            names,
                            clock,
                            door,
                            new PullMeters("test", new SimpleMeterRegistry()),
                            RegistryServer.NOBODY)
                    .await(10, TimeUnit.SECONDS);
            return Node.at(new Listen("127.0.0.1", server.port()));
        } catch (TimeoutException e) {
            throw new IOException(e);
        }
    }

    @Override
    Future<Void> close(Registry opened) {
        return Future.join(caches.stream().map(CachingRegistry::close).toList()).mapEmpty();
    }
}
