package dev.longshore.cli;

import dev.longshore.cluster.Avoided;
import dev.longshore.cluster.BlobUrls;
import dev.longshore.cluster.ClusterKeys;
import dev.longshore.cluster.HopClient;
import dev.longshore.cluster.HopDoor;
import dev.longshore.cluster.HopSignature;
import dev.longshore.cluster.Node;
import dev.longshore.cluster.NodeHealth;
import dev.longshore.cluster.NodeRegistry;
import dev.longshore.cluster.WatchedNode;
import dev.longshore.config.ClusterSettings;
import dev.longshore.oci.Registry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the processes of a cluster need to talk to each other, all of it from the same keys. Thread-safe. */
final class Hops {

    private final ClusterKeys keys;
    private final HopSignature signature;
    private final BlobUrls urls;
    private final HopClient client;
    private final Clock clock;
    private final Vertx vertx;
    private final Avoided avoided = new Avoided();
    private final NodeHealth health = new NodeHealth(node -> registry(node).ping(), avoided);
    private final Map<Node, Registry> nodes = new ConcurrentHashMap<>();

    Hops(Vertx vertx, ClusterSettings cluster, Clock clock) {
        this.keys = new ClusterKeys(new ClusterSecret(vertx, cluster.secrets()));
        this.signature = new HopSignature(keys, clock);
        this.urls = new BlobUrls(keys, clock);
        this.client = new HopClient(vertx, signature, avoided);
        this.clock = clock;
        this.vertx = vertx;
    }

    /** What the cluster shares, as it is now. */
    ClusterKeys keys() {
        return keys;
    }

    /** The way to {@code node}. */
    Registry to(Node node) {
        return nodes.computeIfAbsent(node, known -> new WatchedNode(vertx, registry(known), health));
    }

    private NodeRegistry registry(Node node) {
        return new NodeRegistry(client, node, clock);
    }

    /** What a node says to the operators of its cluster, or does for them. */
    Future<Buffer> administer(Node node, HttpMethod method, String uri) {
        return client.administer(node, method, uri);
    }

    /** Which nodes are better not asked now. */
    Avoided avoided() {
        return avoided;
    }

    /** Which nodes are alive. */
    NodeHealth health() {
        return health;
    }

    /** The door of a node. */
    HopDoor door() {
        return new HopDoor(signature, urls, avoided);
    }

    BlobUrls urls() {
        return urls;
    }
}
