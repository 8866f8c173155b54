package dev.longshore.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class HerdTest {
    private static final String REPOSITORY = "library/alpine";
    private static final int SIZE = 3_000_000;

    private final FakeRegistry registry = FakeRegistry.start();
    private final String digest = registry.content().putGenerated(REPOSITORY, 1, SIZE);
    private final Scenario scenario = new Scenario();

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void everyClientGetsEveryByte() {
        assertThat(herd("--clients", "32")).isZero();
        assertThat(report().path("ok").asInt()).isEqualTo(32);
        assertThat(report().path("bytes").asLong()).isEqualTo(32L * SIZE);
        assertThat(registry.log().bytesSent(digest)).isEqualTo(32L * SIZE);
    }

    @Test
    void allClientsAreThereAtOnce() {
        registry.always(Request.blobs(), Fault.delay(Duration.ofSeconds(3)));
        assertThat(herd("--clients", "100")).isZero();
        assertThat(registry.log().peakRequests()).isEqualTo(100);
        assertThat(report().path("firstByteMillis").path("p50").asDouble()).isGreaterThan(2999);
    }

    @Test
    void whatTheUpstreamTakesToAnswerIsNotTheMirrors() {
        registry.always(Request.blobs(), Fault.delay(Duration.ofMillis(500)));
        assertThat(herd("--clients", "4", "--upstream-stats", registry.url() + "/_stats"))
                .isZero();
        double whole = report().path("firstByteMillis").path("p50").asDouble();
        assertThat(report().path("upstream").path("firstByteMillis").path("p50").asDouble())
                .isBetween(0.001, whole - 400);
    }

    @Test
    void wrongBytesAreNoticed() {
        registry.next(1, Request.blobs(), Fault.flippedBit(SIZE - 1));
        assertThat(herd("--clients", "4")).isEqualTo(1);
        assertThat(report().path("wrongDigest").asInt()).isEqualTo(1);
        assertThat(report().path("ok").asInt()).isEqualTo(3);
    }

    @Test
    void wrongBytesPassUnverified() {
        registry.next(1, Request.blobs(), Fault.flippedBit(SIZE - 1));
        assertThat(herd("--clients", "4", "--no-verify")).isZero();
    }

    @Test
    void failuresAreCountedByTheirProblem() {
        registry.next(2, Request.blobs(), Fault.unavailable());
        registry.next(1, Request.blobs(), Fault.cutAfter(SIZE / 2));
        assertThat(herd("--clients", "4")).isEqualTo(1);
        assertThat(report().path("failed").asInt()).isEqualTo(3);
        assertThat(report().path("problems").path("status 503").asInt()).isEqualTo(2);
    }

    @Test
    void silenceEndsWithPatience() {
        registry.next(1, Request.blobs(), Fault.hangAfter(SIZE / 2));
        assertThat(herd("--clients", "2", "--patience", "1")).isEqualTo(1);
        assertThat(report().path("failed").asInt()).isEqualTo(1);
    }

    @Test
    void stallIsTheLongestSilenceAfterTheFirstByte() {
        String small = registry.content().putGenerated(REPOSITORY, 2, 4096);
        registry.always(
                Request.blobs(), Fault.delay(Duration.ofSeconds(2)), Fault.rate(2048)); // a KiB each half second
        assertThat(scenario.run("herd", registry, REPOSITORY, "--digest", small, "--clients", "2"))
                .isZero();
        assertThat(report().path("firstByteMillis").path("p50").asDouble()).isGreaterThan(1999);
        assertThat(report().path("longestStallMillis").asDouble()).isBetween(300.0, 1900.0);
    }

    @Test
    void firstClientLeavesHalfWay() {
        registry.always(Request.blobs(), Fault.rate(SIZE / 4));
        assertThat(herd("--clients", "3", "--kill-first-at", "50")).isZero();
        assertThat(report().path("dropped").asInt()).isEqualTo(1);
        assertThat(report().path("ok").asInt()).isEqualTo(2);
        assertThat(registry.log().bytesSent(digest)).isBetween(SIZE * 5L / 2 - 1, SIZE * 3L - 1);
    }

    @Test
    void slowClientsReadAtTheirPace() {
        assertThat(herd("--clients", "4", "--slow", "1@3MB")).isZero();
        assertThat(report().path("seconds").asDouble()).isGreaterThan(0.9);
    }

    @Test
    void rangeIsHeldAgainstItsLength() {
        assertThat(herd("--clients", "2", "--range", "1MB+500KB")).isZero();
        assertThat(report().path("bytes").asLong()).isEqualTo(1_000_000);
        assertThat(herd("--clients", "2", "--range", "2900KB+500KB")).isEqualTo(1);

        registry.always(Request.blobs(), Fault.withoutRanges());
        assertThat(herd("--clients", "2", "--range", "1MB+500KB")).isEqualTo(1);
    }

    @Test
    void redirectsAreFollowed() {
        registry.redirectBlobs(Duration.ofMinutes(1));
        assertThat(herd("--clients", "4")).isZero();
        assertThat(registry.log().count(Request.of(Request.Kind.REDIRECTED))).isEqualTo(4);
    }

    @Test
    void popularBlobsAreAskedForMore() {
        String rare = registry.content().putGenerated(REPOSITORY, 2, 1000);
        assertThat(herd("--digest", rare, "--zipf", "2", "--clients", "10", "--requests", "10", "--no-verify"))
                .isZero();
        int ofRare = registry.log().count(Request.referringTo(rare));
        assertThat(ofRare).isBetween(1, 49);
        assertThat(registry.log().count(Request.referringTo(digest))).isEqualTo(100 - ofRare);
    }

    @Test
    void clientsAreDealtOutToAllTargets() {
        try (FakeRegistry second = FakeRegistry.start()) {
            second.content().putGenerated(REPOSITORY, 1, SIZE);
            assertThat(herd("--target", second.url(), "--clients", "4")).isZero();
            assertThat(registry.log().count(Request.blobs())).isEqualTo(2);
            assertThat(second.log().count(Request.blobs())).isEqualTo(2);
        }
    }

    @Test
    void tableIsForPeople() {
        scenario.run("herd", "--target", registry.url(), "--repository", REPOSITORY, "--digest", digest);
        assertThat(scenario.text()).contains("64 ok, 0 dropped, 0 failed, 0 wrong digest", "first byte", "p99");
    }

    @Test
    void nonsenseIsWrongUsage() {
        assertThat(herd("--range", "everything")).isEqualTo(2);
        assertThat(herd("--slow", "1MB")).isEqualTo(2);
        assertThat(herd("--slow", "many@1MB")).isEqualTo(2);
    }

    @Test
    void upstreamSaysWhatItCost() {
        assertThat(herd("--clients", "3", "--upstream-stats", registry.url() + "/_stats"))
                .isZero();
        assertThat(report().path("upstream").path("distinctBytes").asLong()).isEqualTo(SIZE);
        assertThat(report().path("upstream").path("amplification").asDouble()).isEqualTo(3);
    }

    @Test
    void bytesAreSortedByWhatTheMirrorSaysOfThem() {
        registry.next(1, Request.blobs(), Fault.headers(Map.of("X-Cache", "MISS")))
                .always(Request.blobs(), Fault.headers(Map.of("X-Cache", "HIT")));
        assertThat(herd("--clients", "3")).isZero();
        assertThat(report().path("bytesBySource").path("MISS").asLong()).isEqualTo(SIZE);
        assertThat(report().path("bytesBySource").path("HIT").asLong()).isEqualTo(2L * SIZE);
    }

    private int herd(String... more) {
        return scenario.run(
                "herd",
                registry,
                REPOSITORY,
                Stream.concat(Stream.of("--digest", digest), Stream.of(more)).toArray(String[]::new));
    }

    private JsonNode report() {
        return scenario.report();
    }
}
