package dev.longshore.oci;

import java.time.Instant;

/**
 * For how long a tag's answer stands. Immutable.
 *
 * @param validatedAt when the upstream last said so
 * @param freshUntil until when it is served without asking again
 */
public record Freshness(Instant validatedAt, Instant freshUntil) {}
