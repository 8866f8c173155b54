package dev.longshore.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.config.Listen;
import dev.longshore.oci.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How evenly a ring deals, and how little moves when a node comes or goes, by simulation: over a million digests in the
 * build, over ten million, and over a thousand nodes too, by {@code cluster/simulate-ring}.
 */
final class RingShareTest {

    private static final String PROPERTY = "ring.digests";
    private static final long DIGESTS = Long.getLong(PROPERTY, 1_000_000);

    @ParameterizedTest(name = "{0} nodes, weighted: {1}")
    @CsvSource({"3, false", "3, true", "10, false", "10, true", "100, false"})
    void noNodeHasMuchMoreThanItsShareAndANewOneMovesOnlyThat(int nodes, boolean weighted) {
        deal(nodes, weighted);
    }

    /** Over a million digests, chance alone would make these uneven. */
    @ParameterizedTest(name = "{0} nodes, weighted: {1}")
    @CsvSource({"100, true", "1000, false", "1000, true"})
    @EnabledIfSystemProperty(named = PROPERTY, matches = ".*")
    void neitherInALargeCluster(int nodes, boolean weighted) {
        deal(nodes, weighted);
    }

    /** A leave is a join seen from the other side: the ring after it is the ring before. */
    private static void deal(int count, boolean weighted) {
        List<Node> nodes = new ArrayList<>(weighted ? weighted(count) : weighing(count, 1));
        Ring before = Ring.of(nodes);
        Node newcomer = new Node(new Listen("newcomer", 5100), Optional.empty(), Optional.empty(), weighted ? 2 : 1);
        nodes.add(newcomer);
        Ring after = Ring.of(nodes);

        Map<Node, LongAdder> held = new ConcurrentHashMap<>();
        LongAdder moved = new LongAdder();
        LongAdder movedElsewhere = new LongAdder();
        LongStream.range(0, DIGESTS).parallel().mapToObj(RingShareTest::digest).forEach(digest -> {
            Node owner = before.owners(digest).get(0);
            Node next = after.owners(digest).get(0);
            held.computeIfAbsent(owner, node -> new LongAdder()).increment();
            if (!next.equals(owner)) {
                (next.equals(newcomer) ? moved : movedElsewhere).increment();
            }
        });

        double total = before.nodes().stream().mapToDouble(Node::weight).sum();
        assertThat(before.nodes())
                .allSatisfy(node -> assertThat(
                                held.getOrDefault(node, new LongAdder()).sum())
                        .isLessThanOrEqualTo((long) (1.05 * DIGESTS * node.weight() / total)));
        double share = newcomer.weight() / (total + newcomer.weight());
        assertThat(moved.sum()).isBetween(1L, (long) ((share + 0.01) * DIGESTS));
        assertThat(movedElsewhere.sum()).isZero();
    }

    static List<Node> weighing(int count, double weight) {
        return IntStream.range(0, count).mapToObj(i -> node(i, weight)).toList();
    }

    /** Weights 1, 2, 3, 1, 2, 3 and so on. */
    static List<Node> weighted(int count) {
        return IntStream.range(0, count).mapToObj(i -> node(i, 1 + i % 3)).toList();
    }

    private static Node node(int i, double weight) {
        return new Node(new Listen("node-" + i, 5100), Optional.empty(), Optional.empty(), weight);
    }

    private static Digest digest(long i) {
        return Digest.of(ByteBuffer.allocate(Long.BYTES).putLong(i).array());
    }
}
