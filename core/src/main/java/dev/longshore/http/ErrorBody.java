package dev.longshore.http;

import dev.longshore.oci.RegistryException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The body of an error: its first code, and what is said of it. Source: OCI distribution-spec, "Error Codes". Immutable.
 *
 * @param message empty where nothing is said
 */
public record ErrorBody(String code, String message) {

    private static final Pattern CODE = Pattern.compile("[A-Z_]{1,40}");

    static ErrorBody of(RegistryException failure) {
        return new ErrorBody(failure.code().name(), String.valueOf(failure.getMessage()));
    }

    Buffer json() {
        JsonObject error =
                new JsonObject().put("code", code).put("message", message).putNull("detail");
        return new JsonObject().put("errors", new JsonArray().add(error)).toBuffer();
    }

    /** Reads what another registry sent; absent when it is something else, as many registries' errors are web pages. */
    public static Optional<ErrorBody> parse(Buffer body) {
        try {
            if (new JsonObject(body).getValue("errors") instanceof JsonArray errors
                    && !errors.isEmpty()
                    && errors.getValue(0) instanceof JsonObject first
                    && first.getValue("code") instanceof String code
                    && CODE.matcher(code).matches()) {
                return Optional.of(new ErrorBody(code, first.getValue("message") instanceof String said ? said : ""));
            }
        } catch (DecodeException e) {
            // Told by the absence, like JSON of another form.
        }
        return Optional.empty();
    }
}
