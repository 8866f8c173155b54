package dev.longshore.cli;

import dev.longshore.cli.Status.NodeStatus;
import dev.longshore.cluster.HazelcastMembership;
import dev.longshore.cluster.Node;
import dev.longshore.oci.Purge;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;

/** All nodes of a cluster, as their operators address them: through any one of its processes. Thread-safe. */
final class Fleet {

    private final HazelcastMembership membership;
    private final Hops hops;

    Fleet(HazelcastMembership membership, Hops hops) {
        this.membership = membership;
        this.hops = hops;
    }

    /** How each node on the ring is doing; never fails. */
    Future<List<NodeStatus>> status() {
        List<Node> nodes = membership.ring().nodes();
        double all = nodes.stream().mapToDouble(Node::weight).sum();
        List<Future<NodeStatus>> answers =
                nodes.stream().map(node -> status(node, node.weight() / all)).toList();
        return Future.join(answers)
                .map(joined -> answers.stream().map(Future::result).toList());
    }

    private Future<NodeStatus> status(Node node, double share) {
        return hops.administer(node, HttpMethod.GET, "/admin/figures")
                .map(body -> new NodeStatus(node.name(), share, Optional.empty(), Figures.read(body.toJsonObject())))
                .otherwise(failure -> new NodeStatus(
                        node.name(), share, Optional.of(String.valueOf(failure.getMessage())), Figures.NONE));
    }

    /** Everywhere: the nodes first, so that nobody before them remembers anew what they still have. */
    Future<JsonObject> purge(Purge purge) {
        Set<String> purged = new ConcurrentSkipListSet<>();
        Set<String> problems = new ConcurrentSkipListSet<>();
        // Whoever is meant to be a node and is away has what it had, until it is back and hears of it.
        membership.unseen().forEach(place -> problems.add(place + " is not in the cluster"));
        List<Future<Buffer>> asked = membership.ring().nodes().stream()
                .map(node -> hops.administer(node, HttpMethod.POST, "/admin/purge?" + purge.query())
                        .onSuccess(body -> body.toJsonArray().forEach(name -> purged.add((String) name)))
                        .onFailure(failure -> problems.add(String.valueOf(failure.getMessage()))))
                .toList();
        return Future.join(asked)
                .transform(nodes -> purge.dryRun() ? Future.<Void>succeededFuture() : membership.announce(purge))
                .onFailure(failure -> problems.add("not every gateway has heard of it: " + failure.getMessage()))
                .transform(told -> Future.succeededFuture(answer(purged, problems)));
    }

    /** What the command reads. */
    static JsonObject answer(Set<String> purged, Set<String> problems) {
        return new JsonObject()
                .put("purged", new JsonArray(List.copyOf(new TreeSet<>(purged))))
                .put("problems", new JsonArray(List.copyOf(problems)));
    }
}
