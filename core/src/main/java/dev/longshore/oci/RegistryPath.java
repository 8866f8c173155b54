package dev.longshore.oci;

import dev.longshore.blob.RangeRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The grammar of a registry's URLs: the only place that splits one. Source: OCI distribution-spec, "Endpoints"; how a
 * client names the upstream: {@code ns} as containerd sends it, else the first component, else the default. Immutable.
 */
public final class RegistryPath {

    private static final String ROOT = "/v2/";
    private static final String TAGS = "/tags/list";
    private static final int MAX_PAGE = 10_000;

    private final UpstreamNames upstreams;

    public RegistryPath(UpstreamNames upstreams) {
        this.upstreams = upstreams;
    }

    /**
     * The pull that a request asks for.
     *
     * @param path as it came over the wire, undecoded
     * @param query as it came over the wire, without the question mark
     * @param ranges the {@code Range} header
     * @throws RegistryException when it is outside the grammar or names an upstream that is not listed
     */
    public Pull parse(String path, @Nullable String query, boolean head, RangeRequest ranges, Caller caller) {
        if (path.equals("/v2") || path.equals(ROOT)) {
            return new Ping(caller);
        }
        if (!path.startsWith(ROOT)) {
            throw new RegistryException(ErrorCode.REQUEST_INVALID, "not a path of a registry");
        }
        Query parameters = Query.parse(query);
        String rest = unescapeColon(path.substring(ROOT.length()));
        if (rest.equals("_catalog")) {
            return new ListingPull.Catalog(caller, parameters.page());
        }
        if (rest.endsWith(TAGS)) {
            RepositoryName repository = repository(rest.substring(0, rest.length() - TAGS.length()), parameters);
            return new ListingPull.Tags(caller, repository, parameters.withoutNamespace());
        }
        int last = rest.lastIndexOf('/');
        int verb = last < 0 ? -1 : rest.lastIndexOf('/', last - 1);
        if (verb < 0) {
            throw new RegistryException(ErrorCode.NAME_INVALID, "not a path of a registry");
        }
        String name = rest.substring(0, verb);
        String target = rest.substring(last + 1);
        return switch (rest.substring(verb + 1, last)) {
            case "manifests" -> new ManifestPull(caller, repository(name, parameters), Reference.parse(target), head);
            case "blobs" -> new BlobPull(caller, repository(name, parameters), Digest.parse(target), head, ranges);
            case "referrers" ->
                new ListingPull.Referrers(
                        caller, repository(name, parameters), Digest.parse(target), parameters.withoutNamespace());
            default -> throw new RegistryException(ErrorCode.NAME_INVALID, "not a path of a registry");
        };
    }

    /**
     * The path and query that {@link #parse} makes the same pull of, for the way to another node. The path names the
     * upstream too, so that a repository whose own name begins like an upstream's stays what it is.
     */
    public static String write(Pull pull) {
        if (pull instanceof ManifestPull manifest) {
            return within(manifest.repository(), "manifests/" + manifest.reference(), "");
        }
        if (pull instanceof BlobPull blob) {
            return within(blob.repository(), "blobs/" + blob.digest(), "");
        }
        if (pull instanceof ListingPull.Tags tags) {
            return within(tags.repository(), "tags/list", tags.query());
        }
        if (pull instanceof ListingPull.Referrers referrers) {
            return within(referrers.repository(), "referrers/" + referrers.subject(), referrers.query());
        }
        if (pull instanceof ListingPull.Catalog catalog) {
            return ROOT + "_catalog" + (catalog.query().isEmpty() ? "" : "?" + catalog.query());
        }
        return ROOT;
    }

    private static String within(RepositoryName repository, String rest, String query) {
        return ROOT + repository.storedName() + "/" + rest + "?ns=" + repository.upstream()
                + (query.isEmpty() ? "" : "&" + query);
    }

    /** The {@code ns} parameter of a query, where there is one that could name an upstream: fit to be said again. */
    public static Optional<String> namespace(@Nullable String query) {
        return query == null ? Optional.empty() : Query.parse(query).first("ns").filter(RegistryPath::isHost);
    }

    private static boolean isHost(String name) {
        return name.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || ".:_-[]".indexOf(c) >= 0);
    }

    /** No name, tag or digest needs an escape; only a digest's colon is escaped by some clients. */
    private static String unescapeColon(String path) {
        if (path.indexOf('%') < 0) {
            return path;
        }
        String plain = path.replace("%3A", ":").replace("%3a", ":");
        if (plain.indexOf('%') >= 0) {
            throw new RegistryException(ErrorCode.NAME_INVALID, "no name, tag or digest has an escaped character");
        }
        return plain;
    }

    private RepositoryName repository(String name, Query parameters) {
        Optional<String> namespace = parameters.first("ns");
        int slash = name.indexOf('/');
        String first = slash < 0 ? "" : name.substring(0, slash);
        Optional<String> named = upstreams.find(first);
        if (namespace.isPresent()) {
            String key = namespace.flatMap(upstreams::find).orElseThrow(RegistryPath::unknownUpstream);
            boolean repeated = named.isPresent() && named.get().equals(key);
            return within(key, repeated ? name.substring(slash + 1) : name);
        }
        if (named.isPresent()) {
            return within(named.get(), name.substring(slash + 1));
        }
        if (first.indexOf('.') >= 0 || first.indexOf(':') >= 0) {
            throw unknownUpstream();
        }
        return within(upstreams.byDefault().orElseThrow(RegistryPath::unknownUpstream), name);
    }

    private static RepositoryName within(String upstream, String path) {
        boolean official = upstream.equals(UpstreamNames.DOCKER_HUB) && path.indexOf('/') < 0;
        return new RepositoryName(upstream, official ? "library/" + path : path);
    }

    private static RegistryException unknownUpstream() {
        return new RegistryException(ErrorCode.NAME_UNKNOWN, "this mirror does not serve that upstream");
    }

    /** The parameters of a request. */
    private record Query(Map<String, List<String>> values) {

        private static final Query NONE = new Query(Map.of());

        static Query parse(@Nullable String query) {
            if (query == null || query.isEmpty()) {
                return NONE;
            }
            try {
                return new Query(new QueryStringDecoder(query, false).parameters());
            } catch (IllegalArgumentException e) {
                throw new RegistryException(ErrorCode.REQUEST_INVALID, "the query is not well formed");
            }
        }

        Optional<String> first(String name) {
            List<String> found = values.get(name);
            return found == null || found.get(0).isEmpty() ? Optional.empty() : Optional.of(found.get(0));
        }

        /** All the others that say something, each once, for whoever understands them. */
        String withoutNamespace() {
            StringJoiner query = new StringJoiner("&");
            for (String name : values.keySet()) {
                if (name.equals("n")) {
                    // None at all may be asked for: the answer says whether there is such a repository.
                    limit(0).ifPresent(n -> query.add("n=" + n));
                } else if (!name.equals("ns")) {
                    first(name).ifPresent(value -> query.add(encode(name) + "=" + encode(value)));
                }
            }
            return query.toString();
        }

        private static String encode(String plain) {
            return URLEncoder.encode(plain, StandardCharsets.UTF_8);
        }

        ListingPull.Page page() {
            return new ListingPull.Page(limit(1), first("last"));
        }

        private OptionalInt limit(int least) {
            Optional<String> n = first("n");
            if (n.isEmpty()) {
                return OptionalInt.empty();
            }
            try {
                int limit = Integer.parseInt(n.get());
                if (limit >= least) {
                    return OptionalInt.of(Math.min(limit, MAX_PAGE));
                }
            } catch (NumberFormatException e) {
                // answered below, like every other number that is none
            }
            throw new RegistryException(ErrorCode.PAGINATION_NUMBER_INVALID);
        }
    }
}
