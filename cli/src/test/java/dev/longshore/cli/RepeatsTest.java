package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RepeatsTest {

    private final AtomicLong nanos = new AtomicLong();
    private final LoggerContext context = new LoggerContext();
    private final Logger log = context.getLogger("test");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        context.addTurboFilter(new Repeats(nanos::get));
        log.setLevel(Level.INFO);
        lines.start();
        log.addAppender(lines);
    }

    private void fail(String upstream, int times) {
        for (int i = 0; i < times; i++) {
            log.warn("{} is failing: {}", upstream, "status " + (500 + i));
        }
    }

    private void halfAMinutePasses() {
        nanos.addAndGet(Duration.ofSeconds(30).toNanos());
        // What makes the log look up may be anything that is written to it, or would have been.
        log.debug("something else");
    }

    private List<String> lines() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void whatRepeatsIsALineAndThenANumberEachHalfMinute() {
        fail("ghcr.io", 10);
        halfAMinutePasses();
        fail("ghcr.io", 3);
        halfAMinutePasses();

        assertThat(lines())
                .containsExactly(
                        "ghcr.io is failing: status 500",
                        "9 more like this: ghcr.io is failing: status 500",
                        "3 more like this: ghcr.io is failing: status 500");
        assertThat(lines.list).allMatch(line -> line.getLevel().equals(Level.WARN));
    }

    @Test
    void whatComesBackAfterAPauseIsALineAgain() {
        fail("ghcr.io", 1);
        halfAMinutePasses();
        fail("ghcr.io", 1);

        assertThat(lines()).hasSize(2).allMatch("ghcr.io is failing: status 500"::equals);
    }

    @Test
    void eachNameIsToldOfAndAFileIsNone() {
        fail("ghcr.io", 2);
        fail("quay.io", 2);
        log.warn("cannot publish {}: {}", Path.of("sha256/01"), "disk full");
        log.warn("cannot publish {}: {}", Path.of("sha256/02"), "disk full");

        assertThat(lines())
                .containsExactly(
                        "ghcr.io is failing: status 500",
                        "quay.io is failing: status 500",
                        "cannot publish sha256/01: disk full");
    }

    @Test
    void anotherFaultAtTheSamePlaceIsALine() {
        log.error("a fault", new IllegalStateException());
        log.error("a fault", new IllegalStateException());
        log.error("a fault", new IOException());
        halfAMinutePasses();

        assertThat(lines()).containsExactly("a fault", "a fault", "1 more like this: a fault");
        assertThat(lines.list.get(2).getLevel()).isEqualTo(Level.ERROR);
    }

    @Test
    void whatIsNoWarningIsNotCounted() {
        log.info("{} answers again", "ghcr.io");
        log.info("{} answers again", "ghcr.io");
        halfAMinutePasses();

        assertThat(lines()).hasSize(2);
    }
}
