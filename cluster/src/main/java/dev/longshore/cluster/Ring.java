package dev.longshore.cluster;

import dev.longshore.oci.Digest;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Which nodes answer for a key, in order: weighted rendezvous hashing. A node that joins takes its share of the keys from
 * the others and moves nothing else; a node that leaves gives its keys to whoever is next in line for each. Immutable.
 */
public final class Ring {

    public static final Ring EMPTY = new Ring(List.of());

    private final List<Node> nodes;

    private Ring(List<Node> nodes) {
        this.nodes = nodes;
    }

    /** The ring of {@code nodes}, in whatever order they come. */
    public static Ring of(Collection<Node> nodes) {
        return new Ring(nodes.stream().sorted(Comparator.comparing(Node::name)).toList());
    }

    /** The nodes on it, by name. */
    public List<Node> nodes() {
        return nodes;
    }

    /** Who answers for a blob or a manifest: the owner, and who is next when it is lost. */
    public List<Node> owners(Digest digest) {
        return owners(digest.toString());
    }

    /** Who knows where a tag points. */
    public List<Node> owners(RepositoryName repository, Tag tag) {
        return owners(repository + ":" + tag.value());
    }

    /** Who answers for {@code key}. */
    public List<Node> owners(String key) {
        return nodes.stream()
                .sorted(Comparator.comparingDouble((Node node) -> -score(node, key)))
                .toList();
    }

    private static double score(Node node, String key) {
        long mixed = mix(node.name().hashCode() * 0x9E3779B97F4A7C15L ^ key.hashCode());
        double uniform = ((mixed >>> 11) + 0.5) * 0x1p-53;
        return -node.weight() / Math.log(uniform);
    }

    private static long mix(long bits) {
        long z = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
