package dev.longshore.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.config.Listen;
import dev.longshore.oci.Digest;
import dev.longshore.oci.RepositoryName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a ring promises; {@link RingShareTest} measures how evenly it deals. */
final class RingTest {

    private static final Digest DIGEST = Digest.parse("sha256:" + "0123456789abcdef".repeat(4));
    private static final RepositoryName REPOSITORY = new RepositoryName("docker.io", "library/alpine");

    @Test
    void everyNodeIsAnOwnerOnce() {
        List<Node> nodes = nodes(20);
        assertThat(Ring.of(nodes).owners(DIGEST)).containsExactlyInAnyOrderElementsOf(nodes);
    }

    @Test
    void theOrderInWhichNodesAreGivenDoesNotMatter() {
        List<Node> nodes = new ArrayList<>(nodes(20));
        Ring ring = Ring.of(nodes);
        Random random = new Random(7);
        for (int i = 0; i < 100; i++) {
            Collections.shuffle(nodes, random);
            Digest digest = digest(i);
            assertThat(Ring.of(nodes).owners(digest)).isEqualTo(ring.owners(digest));
        }
    }

    @Test
    void theLineIsTheSameFromWhicheverEndItIsLookedAt() {
        for (Ring ring : List.of(Ring.of(nodes(20)), Ring.of(weighted(20)))) {
            for (int i = 0; i < 1000; i++) {
                List<Node> backwards = ring.owners(digest(i));
                Node last = backwards.get(19);
                List<Node> forwards = List.copyOf(ring.owners(digest(i)));
                assertThat(last).isEqualTo(forwards.get(19));
                assertThat(backwards).isEqualTo(forwards);
            }
        }
    }

    @Test
    void withoutTheOwnerTheNextInLineAnswers() {
        List<Node> nodes = weighted(20);
        Ring ring = Ring.of(nodes);
        for (int i = 0; i < 1000; i++) {
            List<Node> owners = ring.owners(digest(i));
            List<Node> left = new ArrayList<>(nodes);
            left.remove(owners.get(0));
            assertThat(Ring.of(left).owners(digest(i))).isEqualTo(owners.subList(1, owners.size()));
        }
    }

    @Test
    void aNodeOfAnotherWeightDoesNotReorderTheOthers() {
        List<Node> nodes = new ArrayList<>(nodes(20));
        Ring before = Ring.of(nodes);
        Node heavy = new Node(new Listen("heavy", 5100), Optional.empty(), Optional.empty(), 7);
        nodes.add(heavy);
        Ring after = Ring.of(nodes);
        for (int i = 0; i < 1000; i++) {
            List<Node> others = new ArrayList<>(after.owners(digest(i)));
            others.remove(heavy);
            assertThat(others).isEqualTo(before.owners(digest(i)));
        }
    }

    @Test
    void repositoriesAreDealtEvenly() {
        Ring ring = Ring.of(nodes(10));
        int[] counts = new int[10];
        for (int i = 0; i < 100_000; i++) {
            Node owner = ring.owners(new RepositoryName("docker.io", "library/app" + i))
                    .get(0);
            counts[ring.nodes().indexOf(owner)]++;
        }
        assertThat(Arrays.stream(counts).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(9_500, 10_500));
    }

    @Test
    void anEmptyRingHasNoOwner() {
        assertThat(Ring.EMPTY.owners(DIGEST)).isEmpty();
    }

    @Test
    void theLineIsNobodysToChange() {
        List<Node> owners = Ring.of(nodes(3)).owners(DIGEST);
        assertThatThrownBy(() -> owners.set(0, owners.get(1))).isInstanceOf(UnsupportedOperationException.class);
    }

    /** A key must stay where it is when nodes and gateways are of two versions for a while. */
    @Test
    void theOrderIsTheSameInEveryVersion() {
        assertThat(Ring.of(nodes(5)).owners(DIGEST))
                .extracting(Node::name)
                .containsExactly("node-3:5100", "node-1:5100", "node-4:5100", "node-0:5100", "node-2:5100");
        assertThat(Ring.of(nodes(5)).owners(REPOSITORY))
                .extracting(Node::name)
                .containsExactly("node-1:5100", "node-0:5100", "node-4:5100", "node-3:5100", "node-2:5100");
    }

    private static List<Node> nodes(int count) {
        return RingShareTest.weighing(count, 1);
    }

    private static List<Node> weighted(int count) {
        return RingShareTest.weighted(count);
    }

    private static Digest digest(int i) {
        return Digest.of(new byte[] {(byte) i, (byte) (i >>> 8)});
    }
}
