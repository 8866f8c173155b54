package dev.longshore.config;

import org.jspecify.annotations.Nullable;

/**
 * The port for operators. Immutable.
 *
 * @param token what admin requests carry; {@code null} = admin answers loopback only
 */
public record OpsSettings(Listen listen, @Nullable Secret token) {}
