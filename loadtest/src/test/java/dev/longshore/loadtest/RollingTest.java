package dev.longshore.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class RollingTest {
    private static final String REPOSITORY = "library/alpine";
    private static final String TAG = "3";

    private final FakeRegistry registry = FakeRegistry.start();
    private final String digest = registry.content().putGenerated(REPOSITORY, 1, 100_000);
    private final Images.Image image = registry.images().image(REPOSITORY, TAG, new byte[1000]);
    private final Scenario scenario = new Scenario();

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void pullsOfAllKindsBeginAtTheRate() {
        assertThat(pulls("rolling", "--for", "5", "--rate", "40")).isZero();
        assertThat(scenario.report().path("ok").asInt()).isBetween(150, 201);
        assertThat(registry.log().count(Request.referringTo(TAG))).isPositive();
        assertThat(registry.log().count(Request.referringTo(image.digest()))).isPositive();
        assertThat(registry.log().matching(Request.referringTo(digest)))
                .extracting(Exchange::status)
                .contains(200, 206);
    }

    @Test
    void eachPullHasAConnectionOfItsOwn() {
        assertThat(pulls("rolling", "--for", "1", "--rate", "50")).isZero();
        assertThat(registry.log().all())
                .allSatisfy(exchange ->
                        assertThat(exchange.request().header("connection")).hasValue("close"));
    }

    @Test
    void pullsGoOnUntilTheLastCommandIsDone() {
        assertThat(pulls("rolling", "--for", "0", "--rate", "50", "--then", "sleep 1.5", "--then", "sleep 1.5"))
                .isZero();
        assertThat(scenario.report().path("seconds").asDouble()).isGreaterThan(2.99);
        // More than there are during one of them.
        assertThat(scenario.report().path("ok").asInt()).isGreaterThan(80);
    }

    @Test
    void failedPullIsReportedAndNotTriedAgain() {
        registry.next(1, Request.any(), Fault.cut());
        assertThat(pulls("rolling", "--for", "1", "--rate", "20")).isEqualTo(1);
        assertThat(scenario.report().path("failed").asInt()).isEqualTo(1);
        assertThat(scenario.report().path("failures")).hasSize(1);
        assertThat(registry.log().all())
                .hasSize(1 + scenario.report().path("ok").asInt());
    }

    @Test
    void manifestOfATagIsHeldAgainstItsOwnWord() {
        registry.next(1, Request.referringTo(TAG), Fault.flippedBit(10));
        assertThat(scenario.run("rolling", registry, REPOSITORY, "--tag", TAG, "--for", "0.5"))
                .isEqualTo(1);
        assertThat(scenario.report().path("wrongDigest").asInt()).isEqualTo(1);
    }

    @Test
    void clientsOfAMixKeepTheirConnections() {
        assertThat(pulls("mixed", "--clients", "4", "--for", "2")).isZero();
        assertThat(scenario.report().path("ok").asInt()).isGreaterThan(20);
        assertThat(registry.log().peakConnections()).isBetween(1, 8);
        assertThat(registry.log().peakRequests()).isBetween(2, 4);
    }

    @Test
    void mixCanComeAtARate() {
        assertThat(pulls("mixed", "--rate", "10", "--for", "5")).isZero();
        assertThat(scenario.report().path("ok").asInt()).isBetween(35, 51);
    }

    private int pulls(String name, String... more) {
        String[] mix = {"--tag", TAG, "--manifest", image.digest(), "--digest", digest, "--range", "1000+500"};
        String[] arguments = new String[mix.length + more.length];
        System.arraycopy(mix, 0, arguments, 0, mix.length);
        System.arraycopy(more, 0, arguments, mix.length, more.length);
        return scenario.run(name, registry, REPOSITORY, arguments);
    }
}
