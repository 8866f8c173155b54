package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Images.Image;
import dev.longshore.loadtest.Request;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of pulls while the upstream cannot be asked: a stale copy if there is one, else an error in time. */
final class OutageTest {

    private static final String APP = "library/app";

    /** Less than the 2 s after which a stale copy is served whatever the upstream does. */
    private static final Duration PATIENCE = Duration.ofMillis(1800);

    @TempDir
    private Path directory;

    private final FakeRegistry upstream = FakeRegistry.start();
    private RunningMirror mirror;
    private Image image;

    /** Tags are due at once, so that every pull by tag asks the upstream. */
    @BeforeEach
    void start() {
        mirror = RunningMirror.before(upstream)
                .tagTtl("1ms")
                .patience(PATIENCE.toMillis() + "ms")
                .start(directory);
        image = upstream.images().image(APP, "1", Images.layer("a", new byte[1000]));
        // Whatever a first request costs in a young process is not to be taken for an outage.
        assertThat(mirror.get("/v2/warm/manifests/up").statusCode()).isIn(404, 504);
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    private static String blob(String digest) {
        return "/v2/app/blobs/" + digest;
    }

    private static String manifest(String reference) {
        return "/v2/app/manifests/" + reference;
    }

    private List<String> everything() {
        return List.of(manifest("1"), manifest(image.digest()), blob(image.config()), "/v2/app/tags/list");
    }

    @Test
    void aSpentRateLimitIsToldWithItsWait() {
        upstream.always(Request.any(), Fault.tooManyRequests(Duration.ofSeconds(7)));
        for (String path : List.of(manifest("1"), blob(image.config()))) {
            HttpResponse<byte[]> answer = mirror.get(path);
            Expect.error(answer, 429, "TOOMANYREQUESTS");
            assertThat(answer.headers().firstValueAsLong("Retry-After").orElseThrow())
                    .isBetween(6L, 7L);
        }
    }

    static Stream<Arguments> outages() {
        return Stream.of(
                argumentSet("429", 429, Fault.tooManyRequests(Duration.ofSeconds(7))),
                argumentSet("500", 502, Fault.error(500, "UNKNOWN")),
                argumentSet("502 as a page", 502, Fault.rewrite((request, answer) -> answer.status(502))),
                argumentSet("503", 502, Fault.unavailable()),
                argumentSet("closed", 502, Fault.cut()),
                argumentSet("reset", 502, Fault.resetAfter(-1)),
                argumentSet("silent", 504, Fault.hang()));
    }

    @ParameterizedTest
    @MethodSource("outages")
    void anOutageIsBridgedByAStaleCopy(int status, Fault fault) {
        byte[] fresh = mirror.get(manifest("1")).body();
        upstream.always(Request.any(), fault);

        HttpResponse<byte[]> stale = mirror.get(manifest("1"));
        Expect.content(stale, image.digest(), "STALE");
        assertThat(stale.headers().firstValueAsLong("Age")).isPresent();
        assertThat(stale.body()).isEqualTo(fresh);
        assertThat(mirror.head(manifest("1")).headers().firstValue("X-Cache")).hasValue("STALE");
    }

    @Test
    void aBodyThatNeverBeginsIsToldWithinTheTimeOut() {
        upstream.always(Request.blobs(), Fault.hangAfter(0));
        long begin = System.nanoTime();

        Expect.error(mirror.get(blob(image.config())), 504, "UPSTREAM_TIMEOUT");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(PATIENCE.plusSeconds(3));
    }

    @ParameterizedTest
    @MethodSource("outages")
    void anOutageWithoutACopyIsToldWithinTheTimeOut(int status, Fault fault) {
        String code = switch (status) {
            case 429 -> "TOOMANYREQUESTS";
            case 504 -> "UPSTREAM_TIMEOUT";
            default -> "UPSTREAM_UNAVAILABLE";
        };
        upstream.always(Request.any(), fault);
        long begin = System.nanoTime();
        List<HttpResponse<byte[]>> answers = mirror.getAll(everything());
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        assertThat(answers)
                .allSatisfy(
                        answer -> assertThat(Expect.error(answer, status, code)).contains("docker.io"));
        assertThat(took).isLessThan(PATIENCE.plusSeconds(3));
        assertThat(Expect.files(directory.resolve("docker"))).isEmpty();

        // An outage is not remembered as a refusal is; but a rate limit's wait is kept to.
        upstream.heal();
        if (status != 429) {
            Expect.content(mirror.get(manifest("1")), image.digest(), "MISS");
            assertThat(mirror.digests(1, blob(image.config()))).containsExactly(image.config());
        }
    }

    @Test
    void anUpstreamThatIsGoneIsUnreachableAndNeverAbsent() {
        upstream.stop();
        for (String path : everything()) {
            Expect.error(mirror.get(path), 502, "UPSTREAM_UNAVAILABLE");
            assertThat(mirror.head(path).statusCode()).isEqualTo(502);
        }
    }

    @Test
    void aManifestThatStopsHalfwayIsATimeOut() {
        upstream.always(Request.manifests(), Fault.hangAfter(image.size() / 2));
        Expect.error(mirror.get(manifest("1")), 504, "UPSTREAM_TIMEOUT");
        assertThat(Expect.files(directory.resolve("docker"))).isEmpty();
    }

    @Test
    void aBlobWhoseBodyBreaksAgainAndAgainIsGivenUp() {
        upstream.always(Request.blobs(), Fault.resetAfter(0));
        Expect.error(mirror.get(blob(image.config())), 502, "UPSTREAM_UNAVAILABLE");
        upstream.heal();
        assertThat(mirror.digests(1, blob(image.config()))).containsExactly(image.config());
    }

    @Test
    void aBlobThatIsHereNeedsNoUpstream() {
        await().untilAsserted(() -> Expect.content(mirror.get(blob(image.config())), image.config(), "HIT"));
        upstream.stop();
        Expect.content(mirror.get(blob(image.config())), image.config(), "HIT");
    }
}
