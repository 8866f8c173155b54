package dev.longshore.cluster;

import dev.longshore.oci.Digest;
import dev.longshore.oci.RepositoryName;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which nodes answer for a key, in order: weighted rendezvous hashing. A node that joins takes its share of the keys from
 * the others and moves nothing else; a node that leaves gives its keys to whoever is next in line for each. Immutable.
 *
 * <p>How it works: each node throws a die of its own for each key, a hash of both, uniform in (0, 1). {@code -ln(die) /
 * weight} is then the time at which a node of this weight would be first at the door, and they come in that order; nobody's
 * time depends on who else is there. Source: Thaler and Ravishankar 1998; the weights: Schindelhauer and Schomaker 2005.
 */
public final class Ring {

    public static final Ring EMPTY = new Ring(List.of());

    /** The low bits of a place in line say whose it is; what they displace is far below what tells two dice apart. */
    private static final int INDEX = 0xFFFF;

    private final List<Node> nodes;
    private final long[] seeds;
    private final double[] weights;
    private final boolean weighted;

    private Ring(List<Node> nodes) {
        if (nodes.size() > INDEX) {
            throw new IllegalArgumentException("a ring has at most " + INDEX + " nodes");
        }
        this.nodes = nodes;
        this.seeds = nodes.stream().mapToLong(node -> hash(node.name())).toArray();
        this.weights = nodes.stream().mapToDouble(Node::weight).toArray();
        this.weighted = Arrays.stream(weights).distinct().count() > 1;
    }

    /** The ring of {@code nodes}, in whatever order they come. */
    public static Ring of(Collection<Node> nodes) {
        return new Ring(nodes.stream().sorted(Comparator.comparing(Node::name)).toList());
    }

    /** The nodes on it, by name. */
    public List<Node> nodes() {
        return nodes;
    }

    /** Who answers for a blob: the owner, and who is next when it is lost; all nodes, in order. */
    public List<Node> owners(Digest digest) {
        return inLine(hash(digest));
    }

    /** Who knows a repository: where its tags point, and its manifests. */
    public List<Node> owners(RepositoryName repository) {
        return inLine(hash(repository.toString()));
    }

    /** The first of {@link #owners(Digest)}, for less; empty on an empty ring. */
    public Optional<Node> owner(Digest digest) {
        long key = hash(digest);
        long first = Long.MAX_VALUE;
        for (int i = 0; i < seeds.length; i++) {
            first = Math.min(first, place(i, key));
        }
        return nodes.isEmpty() ? Optional.empty() : Optional.of(at(first));
    }

    private List<Node> inLine(long key) {
        long[] places = new long[seeds.length];
        for (int i = 0; i < places.length; i++) {
            places[i] = place(i, key);
        }
        Arrays.sort(places);
        Node[] line = new Node[places.length];
        for (int i = 0; i < line.length; i++) {
            line[i] = at(places[i]);
        }
        return Collections.unmodifiableList(Arrays.asList(line));
    }

    /** Lower is earlier. Between equal weights the dice alone decide: the same order, without a logarithm. */
    private long place(int index, long key) {
        long die = mix(seeds[index] ^ key);
        long place = weighted ? Double.doubleToRawLongBits(-Math.log(uniform(die)) / weights[index]) : ~die >>> 1;
        return place & ~INDEX | index;
    }

    private Node at(long place) {
        return nodes.get((int) place & INDEX);
    }

    private static double uniform(long bits) {
        return ((bits >>> 11) + 0.5) * 0x1p-53;
    }

    /** A digest is a hash already: sixteen of its digits will do. */
    private static long hash(Digest digest) {
        return Long.parseUnsignedLong(digest.hex(), 0, 16, 16);
    }

    /** FNV-1a, and mixed, since its high bits hardly know of the last characters. */
    private static long hash(String text) {
        long hash = 0xCBF29CE484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
        }
        return mix(hash);
    }

    /** The finalizer of SplitMix64: each bit that goes in changes half of those that come out. */
    private static long mix(long bits) {
        long z = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
