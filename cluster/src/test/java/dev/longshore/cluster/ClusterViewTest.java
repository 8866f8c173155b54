package dev.longshore.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.config.Listen;
import dev.longshore.config.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Who is on the ring, given who is seen and who has said farewell. */
final class ClusterViewTest {

    private static final ClusterKeys KEYS = keys("secret");
    private static final Announcement ONE = announcement(1, "first life of one");
    private static final Announcement TWO = announcement(2, "first life of two");

    private final AtomicLong clock = new AtomicLong();
    private final ClusterView view = new ClusterView(KEYS, clock::get);

    @Test
    void aFarewellTakesANodeOffTheRingButNotOutOfTheCluster() {
        view.announced(List.of(ONE, TWO));
        sayFarewell(TWO);
        assertThat(view.ring().nodes()).containsExactly(ONE.node());
        assertThat(view.node(TWO.process())).contains(TWO.node());
    }

    @Test
    void aFarewellThatIsHeardBeforeTheNodeIsSeenCounts() {
        sayFarewell(TWO);
        view.announced(List.of(ONE, TWO));
        assertThat(view.ring().nodes()).containsExactly(ONE.node());
    }

    @Test
    void aFarewellIsSaidForOneLife() {
        view.announced(List.of(ONE, TWO));
        sayFarewell(TWO);
        view.announced(List.of(ONE, TWO, announcement(2, "second life of two")));
        assertThat(view.ring().nodes()).containsExactly(ONE.node(), TWO.node());
    }

    @Test
    void aFarewellThatAStrangerSaysIsNotHeard() {
        view.announced(List.of(ONE, TWO));
        view.drained(TWO.process(), Announcement.farewell(TWO.process(), keys("another secret")));
        view.drained(TWO.process(), Announcement.farewell(ONE.process(), KEYS));
        assertThat(view.ring().nodes()).containsExactly(ONE.node(), TWO.node());
    }

    @Test
    void whenNobodyIsLeftThoseOfTheLastHourStay() {
        view.announced(List.of(ONE, TWO));
        pass(Duration.ofHours(3));
        view.announced(List.of(TWO));
        pass(Duration.ofMinutes(50));
        sayFarewell(TWO);
        assertThat(view.ring().nodes()).containsExactly(ONE.node(), TWO.node());
        view.announced(List.of());
        assertThat(view.ring().nodes()).containsExactly(ONE.node(), TWO.node());
    }

    @Test
    void whoHasBeenGoneForLongerIsForgotten() {
        view.announced(List.of(ONE, TWO));
        view.announced(List.of(TWO));
        pass(Duration.ofMinutes(61));
        view.announced(List.of());
        assertThat(view.ring().nodes()).containsExactly(TWO.node());
    }

    @Test
    void theRingIsTheSameValueWhileItsNodesAre() {
        view.announced(List.of(ONE, TWO));
        Ring ring = view.ring();
        view.announced(List.of(TWO, ONE));
        assertThat(view.ring()).isSameAs(ring);
    }

    @Test
    void whatANodeSaysIsReadAsItWasSaid() {
        assertThat(Announcement.read(ONE.attributes(KEYS), Map.of(), KEYS)).contains(ONE);
    }

    @Test
    void whatIsNotSignedIsNotBelieved() {
        Map<String, String> attributes = ONE.attributes(KEYS);
        assertThat(Announcement.read(attributes, Map.of(), keys("another secret")))
                .isEmpty();
        assertThat(Announcement.read(Map.of(), Map.of(), KEYS)).isEmpty();
        attributes.put("longshore.weight", "1000.0");
        assertThat(Announcement.read(attributes, Map.of(), KEYS)).isEmpty();
    }

    @Test
    void aKeyThatIsBeingReplacedIsStillBelieved() {
        ClusterKeys both = new ClusterKeys(() -> List.of(Secret.of("next"), Secret.of("secret")));
        assertThat(Announcement.read(ONE.attributes(KEYS), Map.of(), both)).contains(ONE);
    }

    @Test
    void whoWasThereBeforeTheKeysChangedIsBelievedByItsLatestSignature() {
        ClusterKeys next = keys("next");
        Map<String, String> attributes = ONE.attributes(KEYS);
        assertThat(Announcement.read(attributes, Map.of(ONE.process(), ONE.signature(next)), next))
                .contains(ONE);
        assertThat(Announcement.read(attributes, Map.of(ONE.process(), TWO.signature(next)), next))
                .isEmpty();
        assertThat(Announcement.read(attributes, Map.of(TWO.process(), ONE.signature(next)), next))
                .isEmpty();
    }

    private void sayFarewell(Announcement who) {
        view.drained(who.process(), Announcement.farewell(who.process(), KEYS));
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private static Announcement announcement(int index, String process) {
        return new Announcement(Node.at(new Listen("node-" + index, 5100)), process);
    }

    private static ClusterKeys keys(String secret) {
        List<Secret> secrets = List.of(Secret.of(secret));
        return new ClusterKeys(() -> secrets);
    }
}
