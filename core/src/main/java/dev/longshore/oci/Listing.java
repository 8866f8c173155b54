package dev.longshore.oci;

import io.vertx.core.buffer.Buffer;
import java.util.Optional;

/**
 * A page of names, as JSON. Immutable.
 *
 * @param next the query of the next page, as in {@code last=b&n=2}; absent on the last page
 * @param filtersApplied the value of {@code OCI-Filters-Applied} when the list was filtered
 */
public record Listing(
        String mediaType, Buffer json, Optional<String> next, Optional<String> filtersApplied, Origin origin) {

    /** The same list, from elsewhere. */
    public Listing from(Origin other) {
        return new Listing(mediaType, json, next, filtersApplied, other);
    }
}
