package dev.longshore.cli;

import dev.longshore.config.Flags;
import dev.longshore.config.InvalidSettings;
import dev.longshore.config.Listen;
import dev.longshore.config.OpsSettings;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The way from a command to the port for operators of a running mirror. Confined to one thread. */
final class OpsPort {

    private static final Duration CONNECT = Duration.ofSeconds(5);

    /** A mirror waits for its nodes for a part of that; what it does may take longer. */
    private static final Duration TOLD = Duration.ofSeconds(30);

    @Mixin
    private final Configuration configuration = new Configuration();

    @Option(
            names = "--ops",
            paramLabel = "HOST:PORT",
            description = "The port for operators of the mirror, or of any gateway of a cluster;"
                    + " localhost and the port of the configuration without it.",
            converter = AddressConverter.class)
    private @Nullable Listen address;

    /** What is answered, once it is all there. */
    JsonObject get(String path) throws IOException, InvalidSettings, InterruptedException {
        return json(send("GET", path, new JsonObject(), Optional.of(TOLD)).collect(Collectors.joining("\n")));
    }

    JsonObject post(String path, JsonObject body) throws IOException, InvalidSettings, InterruptedException {
        return json(lines(path, body).collect(Collectors.joining("\n")));
    }

    /** What is answered, line by line as it comes, however long that takes. */
    Stream<String> lines(String path, JsonObject body) throws IOException, InvalidSettings, InterruptedException {
        return send("POST", path, body, Optional.empty());
    }

    private Stream<String> send(String method, String path, JsonObject body, Optional<Duration> patience)
            throws IOException, InvalidSettings, InterruptedException {
        OpsSettings ops = configuration.load(null, Flags.NONE).ops();
        Listen where = address == null ? Mirror.locally(ops.listen()) : address;
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + where + path))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body.encode()));
        if (ops.token() != null) {
            request.header("Authorization", "Bearer " + ops.token().value());
        }
        patience.ifPresent(request::timeout);
        HttpResponse<Stream<String>> answer;
        try {
            answer = HttpClient.newBuilder()
                    .connectTimeout(CONNECT)
                    .version(HttpClient.Version.HTTP_1_1)
                    .build()
                    .send(request.build(), BodyHandlers.ofLines());
        } catch (IOException e) {
            throw new IOException("no mirror answers operators at " + where + ": is it running? --ops says where", e);
        }
        if (answer.statusCode() != 200) {
            String text = answer.body().collect(Collectors.joining("\n"));
            throw new IOException(where + ": " + json(text).getString("error", "answered " + answer.statusCode()));
        }
        return answer.body();
    }

    private static JsonObject json(String text) throws IOException {
        try {
            return new JsonObject(text);
        } catch (DecodeException e) {
            throw new IOException("what answers there is no mirror", e);
        }
    }
}
