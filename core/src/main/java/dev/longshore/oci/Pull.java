package dev.longshore.oci;

/** One request for content, parsed once at the door: past it only this travels. Immutable. */
public sealed interface Pull permits Ping, ManifestPull, BlobPull, ListingPull {

    /** Who asks. */
    Caller caller();
}
