package dev.longshore.oci;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.StringJoiner;

/** A list of names: tags of a repository, referrers of a manifest, repositories of this cache. Immutable. */
public sealed interface ListingPull extends Pull {

    /**
     * What part of the list is wanted, as in {@code n=2&last=b}; empty for all of it. Whose list it is, defines it: what
     * stands in a link to the next page is different from one registry to the other.
     */
    String query();

    /** {@code GET /v2/<name>/tags/list}. Source: OCI distribution-spec, "Listing Tags". */
    record Tags(Caller caller, RepositoryName repository, String query) implements ListingPull {}

    /** {@code GET /v2/<name>/referrers/<digest>}. Source: OCI distribution-spec, "Listing Referrers". */
    record Referrers(Caller caller, RepositoryName repository, Digest subject, String query) implements ListingPull {}

    /** {@code GET /v2/_catalog}: what this cache holds. Source: Docker Registry HTTP API V2, "Catalog". */
    record Catalog(Caller caller, Page page) implements ListingPull {

        private static final int USUAL = 100;
        private static final int MOST = 1000;

        /** At most so many names are told at a time. */
        public int limit() {
            return Math.min(page.limit().orElse(USUAL), MOST);
        }

        /** The same pull, with its limit spelt out. */
        public Catalog limited() {
            return new Catalog(caller, new Page(OptionalInt.of(limit()), page.last()));
        }

        @Override
        public String query() {
            StringJoiner query = new StringJoiner("&");
            page.limit().ifPresent(n -> query.add("n=" + n));
            page.last().ifPresent(name -> query.add("last=" + URLEncoder.encode(name, StandardCharsets.UTF_8)));
            return query.toString();
        }
    }

    /**
     * Which part of a list.
     *
     * @param limit at most so many names ({@code n})
     * @param last only names after this one
     */
    record Page(OptionalInt limit, Optional<String> last) {}
}
