package dev.longshore.loadtest;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A request as the fake registry received it, and what it asks for. Immutable.
 *
 * @param query the raw query, empty if there is none
 * @param headers by lower-case name
 * @param repository empty where the request names none
 * @param reference the digest or tag; empty where the request names none
 */
public record Request(
        Kind kind,
        String method,
        String path,
        String query,
        Map<String, String> headers,
        String repository,
        String reference) {

    /** What a request is about. */
    public enum Kind {
        PING,
        MANIFEST,
        BLOB,
        TAGS,
        REFERRERS,
        /** A blob at the place that a redirect led to. */
        REDIRECTED,
        TOKEN,
        OTHER
    }

    private static final Pattern CONTENT = Pattern.compile("/v2/(.+)/(manifests|blobs|tags|referrers)/([^/]+)");
    private static final Pattern ELSEWHERE = Pattern.compile("/cdn/(.+)/([^/]+)");
    private static final Map<String, Kind> KINDS =
            Map.of("manifests", Kind.MANIFEST, "blobs", Kind.BLOB, "tags", Kind.TAGS, "referrers", Kind.REFERRERS);

    static Request of(HttpServerRequest http) {
        Map<String, String> headers = new HashMap<>();
        http.headers().forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
        String path = http.path() == null ? "" : http.path();
        String query = http.query() == null ? "" : http.query();
        Request unrouted = new Request(Kind.OTHER, http.method().name(), path, query, Map.copyOf(headers), "", "");
        Matcher content = CONTENT.matcher(path);
        if (content.matches()) {
            return unrouted.about(KINDS.getOrDefault(content.group(2), Kind.OTHER), content.group(1), content.group(3));
        }
        Matcher elsewhere = ELSEWHERE.matcher(path);
        if (elsewhere.matches()) {
            return unrouted.about(Kind.REDIRECTED, elsewhere.group(1), elsewhere.group(2));
        }
        return switch (path) {
            case "/v2/", "/v2" -> unrouted.about(Kind.PING, "", "");
            case "/token" -> unrouted.about(Kind.TOKEN, "", "");
            default -> unrouted;
        };
    }

    private Request about(Kind what, String inRepository, String named) {
        return new Request(what, method, path, query, headers, inRepository, named);
    }

    public boolean isHead() {
        return method.equals("HEAD");
    }

    /** The value of a header, by lower-case name. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** The first value of a query parameter, as it was sent but for percent-encoding. */
    public Optional<String> parameter(String name) {
        List<String> values = new QueryStringDecoder("?" + query).parameters().get(name);
        return values == null ? Optional.empty() : Optional.of(values.get(0));
    }

    public static Predicate<Request> any() {
        return request -> true;
    }

    public static Predicate<Request> of(Kind kind) {
        return request -> request.kind == kind;
    }

    public static Predicate<Request> manifests() {
        return of(Kind.MANIFEST);
    }

    public static Predicate<Request> blobs() {
        return of(Kind.BLOB);
    }

    /** Requests that bring the bytes of a blob, here or where a redirect led to. */
    public static Predicate<Request> blobBytes() {
        return blobs().or(of(Kind.REDIRECTED)).and(request -> !request.isHead());
    }

    /** Requests for this digest or tag. */
    public static Predicate<Request> referringTo(String reference) {
        return request -> request.reference.equals(reference);
    }
}
