package dev.longshore.http;

import dev.longshore.config.Secret;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may administer: whoever shows the token; where there is none, whoever asks from this machine, unless it is a
 * browser on behalf of some page. Immutable.
 */
public final class AdminDoor {

    private static final String BEARER = "Bearer ";

    private final @Nullable Secret token;

    /** @param token {@code null} = loopback only */
    public AdminDoor(@Nullable Secret token) {
        this.token = token;
    }

    /** Why somebody may not come in. */
    record Refusal(int status, String message) {

        void to(HttpServerRequest request) {
            if (status == 401) {
                request.response().putHeader("WWW-Authenticate", "Bearer");
            }
            request.response()
                    .setStatusCode(status)
                    .putHeader(HttpHeaders.CONTENT_TYPE, Headers.JSON)
                    .end(new JsonObject().put("error", message).toBuffer());
        }
    }

    Optional<Refusal> refusal(HttpServerRequest request) {
        return refusal(
                request.remoteAddress().hostAddress(),
                request.getHeader(HttpHeaders.AUTHORIZATION),
                request.getHeader(HttpHeaders.ORIGIN));
    }

    /** @param origin which page has a browser ask, if one has */
    Optional<Refusal> refusal(String address, @Nullable String authorization, @Nullable String origin) {
        if (token != null) {
            return authorization != null && shows(token, authorization)
                    ? Optional.empty()
                    : Optional.of(new Refusal(
                            401, "admin needs the token that ops.token-file had when this process started"));
        }
        if (!isLoopback(address)) {
            return Optional.of(
                    new Refusal(403, "without ops.token-file, admin answers on the mirror's own machine only"));
        }
        return origin == null
                ? Optional.empty()
                : Optional.of(new Refusal(403, "without ops.token-file, admin does not answer browsers"));
    }

    private static boolean shows(Secret token, String authorization) {
        return MessageDigest.isEqual(
                (BEARER + token.value()).getBytes(StandardCharsets.UTF_8),
                authorization.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isLoopback(String address) {
        try {
            // It is an address already: nothing is looked up.
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
