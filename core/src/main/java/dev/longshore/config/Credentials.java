package dev.longshore.config;

/** What an upstream knows this mirror by. Immutable. */
public record Credentials(String username, Secret password) {}
