package dev.longshore.oci;

/**
 * Who asks. Immutable.
 *
 * @param address the client's address, without its port
 */
public record Caller(String address) {}
