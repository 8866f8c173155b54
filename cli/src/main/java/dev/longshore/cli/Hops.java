package dev.longshore.cli;

import dev.longshore.cluster.Avoided;
import dev.longshore.cluster.BlobUrls;
import dev.longshore.cluster.ClusterKeys;
import dev.longshore.cluster.HopClient;
import dev.longshore.cluster.HopDoor;
import dev.longshore.cluster.HopSignature;
import dev.longshore.cluster.Membership;
import dev.longshore.cluster.Node;
import dev.longshore.cluster.NodeHealth;
import dev.longshore.cluster.NodeRegistry;
import dev.longshore.cluster.WatchedNode;
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

    private final HopSignature signature;
    private final BlobUrls urls;
    private final HopClient client;
    private final Clock clock;
    private final Vertx vertx;
    private final Avoided avoided;
    private final NodeHealth health;
    private final Map<Node, Registry> nodes = new ConcurrentHashMap<>();

    /**
     * Between the nodes of {@code membership} and this process.
     *
     * @param avoided shared by all that ask nodes
     */
    Hops(Vertx vertx, ClusterKeys keys, Avoided avoided, Membership membership, Clock clock) {
        this.signature = new HopSignature(keys, clock);
        this.urls = new BlobUrls(keys, clock);
        this.client = new HopClient(vertx, signature, avoided);
        this.clock = clock;
        this.vertx = vertx;
        this.avoided = avoided;
        this.health = new NodeHealth(
                () -> membership.ring().nodes(), node -> registry(node).ping(), avoided);
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
