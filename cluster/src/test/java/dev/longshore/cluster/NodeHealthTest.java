package dev.longshore.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.config.Listen;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is silent, by pings that a test answers. */
final class NodeHealthTest {

    private static final Node NODE = Node.at(new Listen("10.0.0.1", 5000));
    private static final Node OTHER = Node.at(new Listen("10.0.0.2", 5000));
    private static final Node THIRD = Node.at(new Listen("10.0.0.3", 5000));

    private final List<Node> known = new ArrayList<>(List.of(NODE));
    private final List<Promise<Void>> pings = new ArrayList<>();
    private final List<Node> pinged = new ArrayList<>();
    private long now = System.nanoTime();
    private final NodeHealth health = new NodeHealth(
            () -> known,
            node -> {
                pinged.add(node);
                Promise<Void> ping = Promise.promise();
                pings.add(ping);
                return ping.future();
            },
            new Avoided(),
            () -> now);

    private void isNotAnswered(int ping) {
        pings.get(ping).fail("nothing came");
    }

    @Test
    void aNodeThatAnswersNoPingIsSilentAfterTheThird() {
        Future<Boolean> silent = health.isSilent(NODE);
        isNotAnswered(0);
        isNotAnswered(1);
        assertThat(silent.isComplete()).isFalse();
        isNotAnswered(2);

        assertThat(silent.result()).isTrue();
        assertThat(pings).hasSize(3);
    }

    @Test
    void aPingWhoseEndIsSeenLateIsSentAgain() {
        Future<Boolean> silent = health.isSilent(NODE);
        isNotAnswered(0);
        now += Duration.ofSeconds(2).toNanos();
        isNotAnswered(1);
        isNotAnswered(2);
        assertThat(silent.isComplete()).isFalse();
        isNotAnswered(3);

        assertThat(silent.result()).isTrue();
    }

    @Test
    void oneAnswerOfThreeIsEnough() {
        Future<Boolean> silent = health.isSilent(NODE);
        isNotAnswered(0);
        isNotAnswered(1);
        pings.get(2).complete();

        assertThat(silent.result()).isFalse();
    }

    @Test
    void aNodeThatIsHeardIsNotProbed() {
        health.heard(NODE);

        assertThat(health.isSilent(NODE).result()).isFalse();
        assertThat(pings).isEmpty();
    }

    @Test
    void aNodeThatWasHeardAMomentAgoMayBeLostNow() {
        health.heard(NODE);
        now++;
        Future<Boolean> lost = health.isLost(NODE);
        isNotAnswered(0);
        isNotAnswered(1);
        isNotAnswered(2);

        assertThat(lost.result()).isTrue();
    }

    @Test
    void aNodeThatIsHeardWhileItIsProbedIsNotSilent() {
        Future<Boolean> silent = health.isSilent(NODE);
        health.heard(NODE);
        isNotAnswered(0);

        assertThat(silent.result()).isFalse();
        assertThat(pings).hasSize(1);
    }

    @Test
    void whoIsSilentTooIsFoundOutAtTheSameTime() {
        known.add(OTHER);
        Future<Boolean> silent = health.isSilent(NODE);
        assertThat(pinged).containsExactly(NODE, OTHER);
        for (int ping = 0; ping < 5; ping++) {
            isNotAnswered(ping);
        }
        assertThat(silent.isComplete()).isFalse();
        isNotAnswered(5);

        assertThat(silent.result()).isTrue();
        assertThat(health.preferred(List.of(NODE, OTHER, THIRD))).containsExactly(THIRD, NODE, OTHER);
    }

    @Test
    void whoFellSilentAMomentLaterIsSuspectedBeforeAnybodyGoesOnToIt() {
        known.addAll(List.of(OTHER, THIRD));
        health.heard(OTHER);
        health.heard(THIRD);
        now += Duration.ofMillis(900).toNanos();
        Future<Boolean> silent = health.isSilent(NODE);
        assertThat(pinged).containsExactly(NODE);
        now += Duration.ofMillis(800).toNanos();
        health.heard(THIRD);
        isNotAnswered(0);
        assertThat(pinged).containsExactly(NODE, OTHER, NODE);
        isNotAnswered(1);
        isNotAnswered(2);
        isNotAnswered(pinged.lastIndexOf(NODE));

        assertThat(silent.result()).isTrue();
        assertThat(health.surest(List.of(NODE, OTHER, THIRD))).containsExactly(THIRD, OTHER, NODE);
        assertThat(health.preferred(List.of(NODE, OTHER, THIRD)))
                .as("others do not leave it")
                .containsExactly(OTHER, THIRD, NODE);
    }

    @Test
    void whoWasFoundSilentIsNotProbedForTheNextBody() {
        health.isSilent(NODE);
        for (int ping = 0; ping < 3; ping++) {
            isNotAnswered(ping);
        }
        now += Duration.ofMillis(1500).toNanos();
        assertThat(health.isSilent(NODE).result()).isTrue();
        assertThat(pings).hasSize(3);

        health.heard(NODE);
        now += Duration.ofMillis(1500).toNanos();
        assertThat(health.isSilent(NODE).isComplete()).as("it has spoken since").isFalse();
    }

    @Test
    void whoWasSilentIsProbedAgainAfterAWhileHoweverOftenItWasLeft() {
        health.isSilent(NODE);
        for (int ping = 0; ping < 3; ping++) {
            isNotAnswered(ping);
        }
        now += Duration.ofSeconds(6).toNanos();
        health.failed(NODE, new NodeFailure(NODE, "does not answer", null));
        Future<Boolean> silent = health.isSilent(NODE);
        pings.get(3).complete();

        assertThat(silent.result()).isFalse();
    }

    @Test
    void whoIsHeardAgainIsSuspectedNoMore() {
        known.add(OTHER);
        health.isSilent(NODE);
        isNotAnswered(0);
        assertThat(health.surest(List.of(NODE, OTHER))).containsExactly(OTHER, NODE);
        pings.get(pinged.lastIndexOf(NODE)).complete();

        assertThat(health.surest(List.of(NODE, OTHER))).containsExactly(NODE, OTHER);
    }

    @Test
    void whoAnswersNeedNotWaitForThoseWhoDoNot() {
        known.add(OTHER);
        Future<Boolean> silent = health.isSilent(NODE);
        pings.get(pinged.indexOf(NODE)).complete();

        assertThat(silent.result()).isFalse();
    }

    @Test
    void othersThatAreHeardAreNotProbed() {
        known.add(OTHER);
        health.heard(OTHER);
        health.isSilent(NODE);

        assertThat(pinged).containsExactly(NODE);
    }

    @Test
    void everybodyWaitsForTheSamePings() {
        Future<Boolean> one = health.isSilent(NODE);
        Future<Boolean> other = health.isSilent(NODE);
        pings.get(0).complete();

        assertThat(pings).hasSize(1);
        assertThat(List.of(one.result(), other.result())).containsOnly(false);
    }
}
