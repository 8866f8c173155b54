package dev.longshore.oci;

import java.util.Optional;
import java.util.OptionalInt;

/** A list of names: tags of a repository, referrers of a manifest, repositories of this cache. Immutable. */
public sealed interface ListingPull extends Pull {

    /** {@code GET /v2/<name>/tags/list}. Source: OCI distribution-spec, "Listing Tags". */
    record Tags(Caller caller, RepositoryName repository, Page page) implements ListingPull {}

    /** {@code GET /v2/<name>/referrers/<digest>}. Source: OCI distribution-spec, "Listing Referrers". */
    record Referrers(Caller caller, RepositoryName repository, Digest subject, Optional<String> artifactType)
            implements ListingPull {}

    /** {@code GET /v2/_catalog}: what this cache holds. Source: Docker Registry HTTP API V2, "Catalog". */
    record Catalog(Caller caller, Page page) implements ListingPull {}

    /**
     * Which part of a list.
     *
     * @param limit at most so many names ({@code n})
     * @param last only names after this one
     */
    record Page(OptionalInt limit, Optional<String> last) {}
}
