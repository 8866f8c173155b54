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
                request.response().putHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            }
            request.response()
                    .setStatusCode(status)
                    .putHeader(HttpHeaders.CONTENT_TYPE, Headers.JSON)
                    .end(new JsonObject().put("error", message).toBuffer());
        }
    }

    Optional<Refusal> refusal(HttpServerRequest request) {
        if (token != null) {
            return shows(token, request)
                    ? Optional.empty()
                    : Optional.of(new Refusal(401, "admin needs the token that ops.token-file has"));
        }
        if (!isLoopback(request)) {
            return Optional.of(
                    new Refusal(403, "without ops.token-file, admin answers on the mirror's own machine only"));
        }
        // A page that somebody looks at here may send requests here too, but not without saying where it is from.
        return request.getHeader(HttpHeaders.ORIGIN) == null
                ? Optional.empty()
                : Optional.of(new Refusal(403, "without ops.token-file, admin does not answer browsers"));
    }

    private static boolean shows(Secret token, HttpServerRequest request) {
        String shown = request.getHeader(HttpHeaders.AUTHORIZATION);
        return shown != null
                && shown.startsWith(BEARER)
                && MessageDigest.isEqual(
                        token.value().getBytes(StandardCharsets.UTF_8),
                        shown.substring(BEARER.length()).getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isLoopback(HttpServerRequest request) {
        try {
            // It is an address already: nothing is looked up.
            return InetAddress.getByName(request.remoteAddress().hostAddress()).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
