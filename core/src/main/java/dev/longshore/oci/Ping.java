package dev.longshore.oci;

/** {@code GET /v2/}: is a registry here? Source: OCI distribution-spec, "Determining Support". Immutable. */
public record Ping(Caller caller) implements Pull {}
