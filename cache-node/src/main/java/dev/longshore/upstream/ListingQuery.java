package dev.longshore.upstream;

import dev.longshore.oci.ListingPull;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a list is asked for, and where its next page is. Source: OCI distribution-spec, "Content Discovery". */
final class ListingQuery {

    private static final Pattern NEXT =
            Pattern.compile("<[^<>?]*\\?([^<>#\\s]*)[^<>]*>\\s*;[^,]*\\brel=\"?next\\b", Pattern.CASE_INSENSITIVE);

    private ListingQuery() {}

    static Ask of(ListingPull pull) {
        StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
        if (pull instanceof ListingPull.Tags tags) {
            tags.page().limit().ifPresent(n -> query.add("n=" + n));
            tags.page().last().ifPresent(last -> query.add("last=" + encode(last)));
            return Ask.of(Ask.Kind.LISTING, tags.repository(), "tags/list" + query);
        }
        if (pull instanceof ListingPull.Referrers referrers) {
            referrers.artifactType().ifPresent(type -> query.add("artifactType=" + encode(type)));
            return Ask.of(Ask.Kind.LISTING, referrers.repository(), "referrers/" + referrers.subject() + query);
        }
        throw new IllegalArgumentException("a catalog is not an upstream's to list");
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /** The query of the page after this one. Source: RFC 8288. */
    static Optional<String> next(Iterable<String> links) {
        for (String link : links) {
            Matcher matcher = NEXT.matcher(link);
            if (matcher.find()) {
                return Optional.of(matcher.group(1)).filter(query -> !query.isEmpty());
            }
        }
        return Optional.empty();
    }
}
