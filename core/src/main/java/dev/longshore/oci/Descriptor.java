package dev.longshore.oci;

/**
 * What content is, without the content. Source: OCI image-spec, descriptor.md. Immutable.
 *
 * @param size in bytes
 */
public record Descriptor(Digest digest, String mediaType, long size) {}
