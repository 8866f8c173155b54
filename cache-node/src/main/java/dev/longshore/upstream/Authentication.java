package dev.longshore.upstream;

import dev.longshore.config.UpstreamSettings;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * How we prove to one upstream who we are: not at all until it asks, then as it asked, and from then on without being
 * asked. Its answers are meant for the upstream's own host. Thread-safe.
 */
final class Authentication {

    private final UpstreamSettings settings;
    private final BearerTokens tokens;
    private volatile boolean wantsBasic;

    Authentication(UpstreamSettings settings, BearerTokens tokens) {
        this.settings = settings;
        this.tokens = tokens;
    }

    static Optional<String> basic(UpstreamSettings settings) {
        return Optional.ofNullable(settings.credentials())
                .map(own -> (own.username() + ":" + own.password().value()).getBytes(StandardCharsets.UTF_8))
                .map(pair -> "Basic " + Base64.getEncoder().encodeToString(pair));
    }

    /** The {@code Authorization} that is expected to be wanted. */
    Optional<String> known(RepositoryName repository) {
        return tokens.known(repository)
                .map(token -> "Bearer " + token)
                .or(() -> wantsBasic ? basic(settings) : Optional.empty());
    }

    /**
     * The {@code Authorization} that answers {@code challenges}, which came although {@code sent} was sent; fails with
     * {@link ErrorCode#DENIED} when there is none.
     */
    Future<String> answer(
            List<Challenge> challenges, RepositoryName repository, Optional<String> sent, Deadline deadline) {
        Optional<String> known = known(repository);
        if (known.isPresent() && !known.equals(sent)) {
            return Future.succeededFuture(known.get());
        }
        sent.filter(value -> value.startsWith("Bearer "))
                .ifPresent(value -> tokens.forget(repository, value.substring("Bearer ".length())));
        for (Challenge challenge : challenges) {
            if (challenge.scheme().equals("bearer")) {
                return tokens.fetch(challenge, repository, deadline).map(token -> "Bearer " + token);
            }
        }
        Optional<String> basic = basic(settings);
        if (basic.isPresent()
                && !basic.equals(sent)
                && challenges.stream().anyMatch(c -> c.scheme().equals("basic"))) {
            wantsBasic = true;
            return Future.succeededFuture(basic.get());
        }
        return Future.failedFuture(new RegistryException(
                ErrorCode.DENIED,
                repository.upstream() + " wants credentials, and "
                        + (basic.isPresent() ? "refused ours" : "none are configured")));
    }
}
