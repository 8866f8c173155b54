package dev.longshore.config;

import java.time.Duration;

/**
 * How long an upstream may keep us waiting. Immutable.
 *
 * @param connect until the connection stands, TLS included
 * @param firstByte until the head of an answer
 * @param idle between two pieces of a body
 */
public record Timeouts(Duration connect, Duration firstByte, Duration idle) {

    public static final Timeouts DEFAULT =
            new Timeouts(Duration.ofSeconds(3), Duration.ofSeconds(10), Duration.ofSeconds(30));
}
