package dev.longshore.loadtest;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The token service of a fake registry: it issues bearer tokens for one scope, and tells whether a request has a good
 * one. Thread-safe.
 */
public final class Tokens {
    private final ConcurrentMap<String, Grant> grants = new ConcurrentHashMap<>();
    private final AtomicInteger issued = new AtomicInteger();
    private volatile String credentials = "";
    private volatile String field = "token";
    private volatile Duration lifetime = Duration.ofMinutes(5);

    /** From now on only this user gets tokens. */
    public Tokens onlyFor(String user, String password) {
        String pair = user + ":" + password;
        credentials = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** The name of the answer's field that holds the token: {@code token} or {@code access_token}. */
    public Tokens in(String name) {
        field = name;
        return this;
    }

    /** How long the tokens from now on are good; what is below a second is told as 0. */
    public Tokens validFor(Duration duration) {
        lifetime = duration;
        return this;
    }

    /** All tokens that are out are no longer good. */
    public void revokeAll() {
        grants.clear();
    }

    /** How many tokens were issued. */
    public int issued() {
        return issued.get();
    }

    /** A bearer token of this service is required, and {@code realm} is named as the place to get one. */
    public Fault challenge(String realm) {
        return Fault.rewrite((request, answer) -> admits(request)
                ? answer
                : Answer.error(401, "UNAUTHORIZED").with("WWW-Authenticate", bearer(realm, request)));
    }

    Answer issue(Request request) {
        if (!credentials.isEmpty()
                && !credentials.equals(request.header("authorization").orElse(""))) {
            return Answer.json(401, Map.of("details", "incorrect username or password"));
        }
        String token = "token-" + issued.incrementAndGet();
        grants.put(
                token,
                new Grant(request.parameter("scope").orElse(""), Instant.now().plus(lifetime)));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put(field, token);
        answer.put("expires_in", lifetime.toSeconds());
        return Answer.json(200, answer);
    }

    private boolean admits(Request request) {
        String given = request.header("authorization").orElse("");
        Grant grant = given.startsWith("Bearer ") ? grants.get(given.substring("Bearer ".length())) : null;
        return grant != null
                && Instant.now().isBefore(grant.expires)
                && (request.repository().isEmpty() || grant.scope.equals(scope(request)));
    }

    private static String bearer(String realm, Request request) {
        String challenge = "Bearer realm=\"" + realm + "\",service=\"fake\"";
        return request.repository().isEmpty() ? challenge : challenge + ",scope=\"" + scope(request) + "\"";
    }

    private static String scope(Request request) {
        return "repository:" + request.repository() + ":pull";
    }

    private record Grant(String scope, Instant expires) {}
}
