package dev.longshore.upstream;

import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.http.HttpMethod;
import java.util.Locale;
import java.util.Optional;

/**
 * One question to an upstream. Immutable.
 *
 * @param uri path and query, from the upstream's root
 * @param range the value of {@code Range}
 * @param continued whether it is for more of a body of which some has come
 */
record Ask(Kind kind, RepositoryName repository, String uri, Optional<String> range, boolean continued) {

    /** What a limit may be for, and what a 404 means. */
    enum Kind {
        MANIFEST(false, ErrorCode.MANIFEST_UNKNOWN),
        MANIFEST_HEAD(true, ErrorCode.MANIFEST_UNKNOWN),
        BLOB(false, ErrorCode.BLOB_UNKNOWN),
        BLOB_HEAD(true, ErrorCode.BLOB_UNKNOWN),
        LISTING(false, ErrorCode.NAME_UNKNOWN),
        REFERRERS(false, ErrorCode.MANIFEST_UNKNOWN);

        private final boolean head;
        private final ErrorCode absent;

        Kind(boolean head, ErrorCode absent) {
            this.head = head;
            this.absent = absent;
        }

        HttpMethod method() {
            return head ? HttpMethod.HEAD : HttpMethod.GET;
        }

        /** As the meters name it. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** What is missing when the upstream says 404. */
        ErrorCode absent() {
            return absent;
        }

        /** What it means that the upstream does not understand the question: a client without referrers looks for a tag. */
        ErrorCode notUnderstood() {
            return this == REFERRERS ? absent : ErrorCode.UPSTREAM_UNAVAILABLE;
        }
    }

    static Ask of(Kind kind, RepositoryName repository, String rest) {
        return new Ask(kind, repository, "/v2/" + repository.path() + "/" + rest, Optional.empty(), false);
    }

    static Ask of(ListingPull pull) {
        String query = pull.query().isEmpty() ? "" : "?" + pull.query();
        if (pull instanceof ListingPull.Tags tags) {
            return of(Kind.LISTING, tags.repository(), "tags/list" + query);
        }
        if (pull instanceof ListingPull.Referrers referrers) {
            return of(Kind.REFERRERS, referrers.repository(), "referrers/" + referrers.subject() + query);
        }
        throw new IllegalArgumentException("a catalog is not an upstream's to list");
    }

    /** The same for a part of the body. */
    Ask ranged(String bytes) {
        return new Ask(kind, repository, uri, Optional.of(bytes), continued);
    }

    /** The same for more of the body. */
    Ask more(String bytes) {
        return new Ask(kind, repository, uri, Optional.of(bytes), true);
    }

    String accept() {
        return kind == Kind.MANIFEST || kind == Kind.MANIFEST_HEAD ? MediaTypes.ACCEPT_ANY_MANIFEST : "*/*";
    }

    /** Whether it is for a blob's bytes. */
    boolean isBody() {
        return kind == Kind.BLOB;
    }

    /** The same failure, saying what was tried where; a failure that says so already, or is not ours, stays as it is. */
    Throwable explain(Throwable failure) {
        return failure instanceof RegistryException e
                        && !String.valueOf(e.getMessage()).startsWith(kind.method() + " ")
                ? e.about(toString())
                : failure;
    }

    /** As a message names it: what was tried, on which upstream. */
    @Override
    public String toString() {
        return kind.method() + " " + uri.split("\\?", 2)[0] + " at " + repository.upstream();
    }
}
