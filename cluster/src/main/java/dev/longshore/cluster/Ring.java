package dev.longshore.cluster;

import dev.longshore.oci.Digest;
import dev.longshore.oci.RepositoryName;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

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

    private List<Node> inLine(long key) {
        long[] places = new long[seeds.length];
        for (int i = 0; i < places.length; i++) {
            places[i] = place(i, key);
        }
        return new Line(places);
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

    /** A line that is put in order as far as somebody looks, which is mostly at its first two or three. Thread-safe. */
    private final class Line extends AbstractList<Node> implements RandomAccess {

        private static final int LOOKED_AT = 4;

        private final long[] places;
        private int inOrder;

        private Line(long[] places) {
            this.places = places;
        }

        @Override
        public int size() {
            return places.length;
        }

        @Override
        public synchronized Node get(int index) {
            Objects.checkIndex(index, places.length);
            while (inOrder <= index) {
                order();
            }
            return at(places[index]);
        }

        private void order() {
            if (inOrder == LOOKED_AT) {
                Arrays.sort(places, inOrder, places.length);
                inOrder = places.length;
                return;
            }
            int first = inOrder;
            for (int i = first + 1; i < places.length; i++) {
                first = places[i] < places[first] ? i : first;
            }
            long next = places[first];
            places[first] = places[inOrder];
            places[inOrder++] = next;
        }
    }
}
