package dev.longshore.cache;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

/** Time that a test turns. Thread-safe. */
final class TurnedClock extends Clock {

    private final AtomicReference<Instant> now;

    private TurnedClock(Instant start) {
        this.now = new AtomicReference<>(start);
    }

    TurnedClock() {
        this(Instant.parse("2026-01-01T00:00:00Z"));
    }

    /** One that begins at the time of servers that cannot be given a clock. */
    static TurnedClock fromNow() {
        return new TurnedClock(Instant.now());
    }

    void turn(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return Clock.fixed(instant(), zone);
    }
}
