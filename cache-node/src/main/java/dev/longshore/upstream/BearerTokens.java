package dev.longshore.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.http.Reply;
import dev.longshore.http.RetryAfter;
import dev.longshore.http.SingleFlight;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * The tokens one upstream gave us, each kept until nine tenths of its time are over, and fetched once for all who wait.
 * What we know of ourselves goes only to a realm that the operator would expect. Source: Docker Registry v2
 * authentication, "Token Authentication Specification". Thread-safe.
 */
final class BearerTokens {

    private static final int MAX_TOKENS = 10_000;
    private static final int MAX_ANSWER_BYTES = 64 * 1024;
    private static final Duration DEFAULT_LIFETIME = Duration.ofSeconds(60);

    private record Token(String value, Instant expires) {}

    private final Wire wire;
    private final UpstreamSettings settings;
    private final Target home;
    private final InstantSource clock;
    private final Cache<RepositoryName, Token> tokens =
            Caffeine.newBuilder().maximumSize(MAX_TOKENS).build();
    private final SingleFlight<String, String> fetches;

    BearerTokens(Vertx vertx, Wire wire, UpstreamSettings settings, InstantSource clock) {
        this.fetches = new SingleFlight<>(vertx);
        this.wire = wire;
        this.settings = settings;
        this.home = Target.of(settings.url());
        this.clock = clock;
    }

    /** The token that opened {@code repository} last, if its time is not over. */
    Optional<String> known(RepositoryName repository) {
        return Optional.ofNullable(tokens.getIfPresent(repository))
                .filter(token -> clock.instant().isBefore(token.expires))
                .map(Token::value);
    }

    /** Drops the token if it is still the one known. */
    void forget(RepositoryName repository, String rejected) {
        tokens.asMap().computeIfPresent(repository, (name, token) -> token.value.equals(rejected) ? null : token);
    }

    /**
     * A fresh token; who asks while it is being fetched shares it. It travels on the connection that the first asker
     * holds a permit for, so that waiting for a token never means waiting for a permit.
     */
    Future<String> fetch(Challenge challenge, RepositoryName repository, Deadline deadline) {
        Target realm;
        try {
            realm = realm(challenge);
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(new RegistryException(
                    ErrorCode.DENIED,
                    repository.upstream() + " wants a token from a realm that is not allowed: " + e.getMessage()));
        }
        return fetches.join(
                        repository + " " + realm.uri(),
                        () -> ask(realm, repository, deadline)
                                .onSuccess(token -> tokens.put(repository, token))
                                .map(Token::value))
                .answer();
    }

    /** Where the token is, with the query that asks for it. */
    private Target realm(Challenge challenge) {
        Target realm = Target.parse(challenge.get("realm"));
        boolean listed = settings.tokenHosts().contains(realm.host()) && realm.port() == (realm.tls() ? 443 : 80)
                || settings.tokenHosts().contains(realm.host() + ":" + realm.port());
        if (!listed && !(realm.host().equals(home.host()) && realm.port() == home.port())) {
            throw new IllegalArgumentException(realm.authority() + " is not in its token-hosts");
        }
        if (!realm.tls() && home.tls()) {
            throw new IllegalArgumentException(realm.authority() + " is not asked over plain http");
        }
        StringJoiner query = new StringJoiner("&", realm.uri() + (realm.uri().contains("?") ? "&" : "?"), "");
        if (!challenge.get("service").isEmpty()) {
            query.add("service=" + encode(challenge.get("service")));
        }
        for (String scope : challenge.get("scope").split(" ", -1)) {
            if (!scope.isEmpty()) {
                query.add("scope=" + encode(scope));
            }
        }
        return realm.at(query.toString());
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private Future<Token> ask(Target realm, RepositoryName repository, Deadline deadline) {
        String what = "GET " + realm + " for " + repository.upstream();
        MultiMap headers = HttpHeaders.headers().set(HttpHeaders.ACCEPT, "application/json");
        Authentication.basic(settings).ifPresent(basic -> headers.set(HttpHeaders.AUTHORIZATION, basic));
        return wire.exchange("token", what, HttpMethod.GET, realm, headers, deadline)
                .compose(reply -> reply.status() == 200
                        ? reply.body(MAX_ANSWER_BYTES).map(body -> token(what, body))
                        : reply.discard().compose(v -> Future.failedFuture(refusal(what, reply))));
    }

    private RegistryException refusal(String what, Reply reply) {
        String message = what + ": a token was refused with " + reply.status();
        return switch (reply.status()) {
            case 401, 403 -> new RegistryException(ErrorCode.DENIED, message);
            case 429 ->
                RetryAfter.of(reply, clock)
                        .map(RegistryException.passing(ErrorCode.TOOMANYREQUESTS, message, null)::retryAfter)
                        .orElseGet(() -> RegistryException.passing(ErrorCode.TOOMANYREQUESTS, message, null));
            default ->
                reply.status() >= 500
                        ? RegistryException.passing(ErrorCode.UPSTREAM_UNAVAILABLE, message, null)
                        : new RegistryException(ErrorCode.UPSTREAM_UNAVAILABLE, message);
        };
    }

    private Token token(String what, Buffer body) {
        try {
            JsonObject json = new JsonObject(body);
            Object value = json.getValue("token", json.getValue("access_token"));
            if (value instanceof String text && text.matches("[!-~]+")) {
                long seconds = json.getValue("expires_in") instanceof Number number
                        ? number.longValue()
                        : DEFAULT_LIFETIME.toSeconds();
                return new Token(text, clock.instant().plusMillis(900 * Math.max(0, Math.min(seconds, 86_400))));
            }
        } catch (DecodeException e) {
            // Told below, like an object without a token.
        }
        throw new RegistryException(ErrorCode.UPSTREAM_UNAVAILABLE, what + ": the answer holds no token");
    }
}
