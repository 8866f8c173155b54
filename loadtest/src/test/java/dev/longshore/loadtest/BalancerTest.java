package dev.longshore.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class BalancerTest {
    private static final String REPOSITORY = "library/alpine";
    private static final int SIZE = 3_000_000;

    private final FakeRegistry first = FakeRegistry.start();
    private final FakeRegistry second = FakeRegistry.start();
    private final Balancer balancer = Balancer.start(0, List.of(address(first), address(second)));
    private final Scenario scenario = new Scenario();
    private String digest = "";

    @BeforeEach
    void fill() {
        digest = first.content().putGenerated(REPOSITORY, 1, SIZE);
        second.content().putGenerated(REPOSITORY, 1, SIZE);
    }

    @AfterEach
    void close() {
        balancer.close();
        first.close();
        second.close();
    }

    @Test
    void connectionsGoToTheBackendsInTurn() {
        assertThat(pull("10")).isZero();
        assertThat(first.log().count(Request.blobs())).isEqualTo(5);
        assertThat(second.log().count(Request.blobs())).isEqualTo(5);
    }

    @Test
    void backendThatRefusesIsPassedOver() {
        first.stop();
        assertThat(pull("10")).isZero();
        assertThat(second.log().count(Request.blobs())).isEqualTo(10);
    }

    @Test
    void brokenBodyIsNotMadeWhole() {
        first.always(Request.blobs(), Fault.cutAfter(SIZE / 2));
        second.always(Request.blobs(), Fault.resetAfter(SIZE / 2));
        assertThat(pull("4")).isEqualTo(1);
        assertThat(scenario.report().path("failed").asInt()).isEqualTo(4);
    }

    @Test
    void clientIsTurnedAwayWhenNobodyIsThere() {
        first.stop();
        second.stop();
        assertThat(pull("2")).isEqualTo(1);
        assertThat(scenario.report().path("failed").asInt()).isEqualTo(2);
    }

    private int pull(String clients) {
        return scenario.run(
                "herd",
                "--json",
                "--target",
                "http://127.0.0.1:" + balancer.port(),
                "--repository",
                REPOSITORY,
                "--digest",
                digest,
                "--clients",
                clients);
    }

    private static SocketAddress address(FakeRegistry registry) {
        String host = registry.host();
        return SocketAddress.inetSocketAddress(Integer.parseInt(host.substring(host.indexOf(':') + 1)), "127.0.0.1");
    }
}
