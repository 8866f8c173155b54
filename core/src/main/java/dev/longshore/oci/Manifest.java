package dev.longshore.oci;

import io.vertx.core.buffer.Buffer;
import java.util.Optional;

/**
 * A manifest or an index as an upstream published it, byte for byte. Immutable; nobody writes to the buffer.
 *
 * @param content absent when only the descriptor was asked for
 * @param freshness present when it was found by a tag
 */
public record Manifest(Descriptor descriptor, Optional<Buffer> content, Origin origin, Optional<Freshness> freshness) {

    /** The same content, from elsewhere. */
    public Manifest from(Origin other) {
        return new Manifest(descriptor, content, other, freshness);
    }

    /** The same content, found by a tag. */
    public Manifest validated(Freshness how) {
        return new Manifest(descriptor, content, origin, Optional.of(how));
    }
}
