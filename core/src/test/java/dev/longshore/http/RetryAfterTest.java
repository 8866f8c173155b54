package dev.longshore.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RetryAfterTest {

    private final InstantSource clock = InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z"));

    @Test
    void secondsAndDatesAreRead() {
        assertThat(parse("90")).contains(Duration.ofSeconds(90));
        assertThat(parse("Thu, 01 Jan 2026 00:01:00 GMT")).contains(Duration.ofMinutes(1));
    }

    @Test
    void pastAndFarFutureAreBounded() {
        assertThat(parse("Wed, 31 Dec 2025 23:59:00 GMT")).contains(Duration.ZERO);
        assertThat(parse("999999999")).contains(Duration.ofDays(1));
    }

    @Test
    void nonsenseSaysNothing() {
        assertThat(parse("soon")).isEmpty();
        assertThat(parse("-1")).isEmpty();
        assertThat(parse("")).isEmpty();
    }

    private Optional<Duration> parse(String value) {
        return RetryAfter.parse(value, clock);
    }
}
