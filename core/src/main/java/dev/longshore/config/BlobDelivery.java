package dev.longshore.config;

import java.util.Locale;

/** How a gateway hands out blobs: through itself, or by sending the client to the owning node. Immutable. */
public enum BlobDelivery {
    PROXY,
    REDIRECT;

    static BlobDelivery parse(String text) {
        for (BlobDelivery delivery : values()) {
            if (delivery.toString().equals(text)) {
                return delivery;
            }
        }
        throw new IllegalArgumentException(Texts.quote(text) + " is neither proxy nor redirect");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
