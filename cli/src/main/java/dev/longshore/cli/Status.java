package dev.longshore.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * How a mirror is doing, as one of its processes sees it. Immutable.
 *
 * @param role of the process that was asked
 * @param nodes those who keep content; a mirror in one process is its own
 * @param total of all nodes, and of what the process answered from its memory before they were asked
 */
record Status(String role, String version, List<NodeStatus> nodes, Figures total) {

    /**
     * How a node is doing.
     *
     * @param share of the ring, from 0 to 1
     * @param problem why it does not say
     */
    record NodeStatus(String name, double share, Optional<String> problem, Figures figures) {

        private JsonObject json() {
            JsonObject json =
                    new JsonObject().put("name", name).put("share", share).mergeIn(figures.json());
            problem.ifPresent(text -> json.put("problem", text));
            return json;
        }

        private static NodeStatus read(JsonObject json) {
            return new NodeStatus(
                    json.getString("name"),
                    json.getDouble("share"),
                    Optional.ofNullable(json.getString("problem")),
                    Figures.read(json));
        }
    }

    /** @param front what was answered before any node was asked */
    static Status of(String role, List<NodeStatus> nodes, Figures front) {
        Figures total = nodes.stream().map(NodeStatus::figures).reduce(front, Figures::plus);
        return new Status(role, Version.text(), nodes, total);
    }

    JsonObject json() {
        return new JsonObject()
                .put("role", role)
                .put("version", version)
                .put("nodes", new JsonArray(nodes.stream().map(NodeStatus::json).toList()))
                .put("total", total.json());
    }

    static Status read(JsonObject json) {
        List<NodeStatus> nodes = json.getJsonArray("nodes").stream()
                .map(node -> NodeStatus.read((JsonObject) node))
                .toList();
        return new Status(
                json.getString("role"), json.getString("version"), nodes, Figures.read(json.getJsonObject("total")));
    }
}
