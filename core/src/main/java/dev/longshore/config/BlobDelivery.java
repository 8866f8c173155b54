package dev.longshore.config;

import java.util.Locale;

/** How a gateway hands out blobs: through itself, or by sending the client to the owning node. Immutable. */
public enum BlobDelivery {
    PROXY,
    REDIRECT;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
