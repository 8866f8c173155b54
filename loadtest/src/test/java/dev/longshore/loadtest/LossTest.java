package dev.longshore.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class LossTest {
    private static final String REPOSITORY = "library/alpine";
    private static final int SIZE = 2_000_000;

    private final FakeRegistry registry = FakeRegistry.start();
    private final String digest = registry.content().putGenerated(REPOSITORY, 1, SIZE);
    private final Scenario scenario = new Scenario();

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void commandIsRunWhenThePartHasCome(@TempDir Path folder) {
        registry.always(Request.blobs(), Fault.rate(SIZE));
        Path witness = folder.resolve("witness");
        assertThat(loss("--at", "50", "--then", "touch " + witness)).isZero();
        assertThat(witness).exists();
        double at = scenario.report().path("commands").path(0).path("atSeconds").asDouble();
        assertThat(at).isBetween(0.4, scenario.report().path("seconds").asDouble());
    }

    @Test
    void brokenBodyIsAFailureAndTheSilenceBeforeItAStall() {
        registry.next(1, Request.blobs(), Fault.hangAfter(SIZE / 2));
        assertThat(loss("--patience", "1", "--at", "10", "--then", "true")).isEqualTo(1);
        assertThat(scenario.report().path("failed").asInt()).isEqualTo(1);
        assertThat(scenario.report().path("ok").asInt()).isEqualTo(3);
        assertThat(scenario.report().path("failures").path(0).asText()).contains(digest);
        assertThat(scenario.report().path("longestStallMillis").asDouble()).isGreaterThan(900);
    }

    @Test
    void commandThatFailsIsAFailure() {
        assertThat(loss("--then", "exit 3")).isEqualTo(1);
        assertThat(scenario.report().path("commands").path(0).path("exitCode").asInt())
                .isEqualTo(3);
    }

    @Test
    void commandWhoseMomentNeverCameIsAFailure(@TempDir Path folder) {
        registry.always(Request.blobs(), Fault.unavailable());
        Path witness = folder.resolve("witness");
        assertThat(loss("--then", "touch " + witness)).isEqualTo(1);
        assertThat(Files.exists(witness)).isFalse();
        assertThat(scenario.report().path("commands").path(0).path("exitCode").asInt())
                .isEqualTo(-1);
    }

    @Test
    void loadWaitsForItsCommands() {
        registry.always(Request.blobs(), Fault.delay(Duration.ofMillis(10)));
        assertThat(loss("--then", "sleep 0.3", "--then", "true")).isZero();
        assertThat(scenario.report().path("commands")).hasSize(2);
        assertThat(scenario.report().path("commands").path(0).path("seconds").asDouble())
                .isGreaterThan(0.29);
    }

    private int loss(String... more) {
        String[] arguments = new String[more.length + 4];
        System.arraycopy(more, 0, arguments, 0, more.length);
        System.arraycopy(new String[] {"--digest", digest, "--clients", "4"}, 0, arguments, more.length, 4);
        return scenario.run("loss", registry, REPOSITORY, arguments);
    }
}
