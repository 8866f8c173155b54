package dev.longshore.cli;

import dev.longshore.config.Flags;
import dev.longshore.config.InvalidSettings;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import dev.longshore.loadtest.FakeRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A whole mirror in this process, before a fake upstream that plays docker.io, and a plain client. Confined to a test. */
final class RunningMirror implements AutoCloseable {

    private static final String CONFIGURATION = """
            listen: 127.0.0.1:0
            ops: {listen: "127.0.0.1:0"}
            drain-timeout: 5s
            upstreams:
              docker.io:
                url: %s
                tag-ttl: %s
                timeouts: {connect: 1s, first-byte: %s, idle: %s}
              %s
            storage: {directory: %s, capacity: %s, min-free: 0B}
            """;

    final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    private final Standalone standalone;

    private RunningMirror(Settings settings) {
        try {
            standalone = await(Standalone.start(vertx, settings));
        } catch (IllegalStateException e) {
            await(vertx.close());
            throw e;
        }
    }

    static RunningMirror of(FakeRegistry upstream, Path directory) {
        return before(upstream).start(directory);
    }

    /** With another budget of bytes, and more upstreams in the form of the configuration file. */
    static RunningMirror with(FakeRegistry upstream, Path directory, String capacity, String upstreams) {
        return before(upstream).capacity(capacity).upstreams(upstreams).start(directory);
    }

    /** A mirror that is not started yet, with settings that hardly any test notices. */
    static Plan before(FakeRegistry upstream) {
        return new Plan(upstream, "1h", "10s", "10GiB", "");
    }

    /**
     * What a mirror is started with. Immutable.
     *
     * @param patience how long it waits for the upstream's first byte, and between two
     * @param upstreams more of them, in the form of the configuration file
     */
    record Plan(FakeRegistry upstream, String tagTtl, String patience, String capacity, String upstreams) {

        Plan tagTtl(String other) {
            return new Plan(upstream, other, patience, capacity, upstreams);
        }

        Plan patience(String other) {
            return new Plan(upstream, tagTtl, other, capacity, upstreams);
        }

        Plan capacity(String other) {
            return new Plan(upstream, tagTtl, patience, other, upstreams);
        }

        Plan upstreams(String others) {
            return new Plan(upstream, tagTtl, patience, capacity, others);
        }

        RunningMirror start(Path directory) {
            String text =
                    CONFIGURATION.formatted(upstream.url(), tagTtl, patience, patience, upstreams, directory, capacity);
            try {
                Path file = Files.writeString(Files.createTempFile("mirror", ".yaml"), text);
                Settings settings = Settings.load(Role.STANDALONE, file, Map.of(), Flags.NONE);
                Files.delete(file);
                return new RunningMirror(settings);
            } catch (IOException | InvalidSettings e) {
                throw new IllegalStateException(e);
            }
        }
    }

    int port() {
        return standalone.doors().registry().port();
    }

    int opsPort() {
        return standalone.doors().ops().actualPort();
    }

    /** What the port for operators answers. */
    String ops(String path) {
        URI uri = URI.create("http://127.0.0.1:" + opsPort() + path);
        return send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    HttpResponse<byte[]> get(String path, String... headers) {
        return send("GET", path, headers);
    }

    HttpResponse<byte[]> head(String path, String... headers) {
        return send("HEAD", path, headers);
    }

    HttpResponse<byte[]> send(String method, String path, String... headers) {
        return send(request(method, path, headers), BodyHandlers.ofByteArray());
    }

    private <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> body) {
        try {
            return http.send(request, body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest request(String method, String path, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri(path)).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request.build();
    }

    /** The answers to requests that are sent at once. */
    List<HttpResponse<byte[]>> getAll(Collection<String> paths) {
        List<CompletableFuture<HttpResponse<byte[]>>> all = paths.stream()
                .map(path -> http.sendAsync(request("GET", path), BodyHandlers.ofByteArray()))
                .toList();
        return all.stream().map(CompletableFuture::join).toList();
    }

    /** What a client has when a body ends, or breaks off. */
    record Download(int status, long length, String digest, boolean complete) {}

    Download download(String path, String... headers) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int status = 0;
        boolean complete = false;
        try {
            HttpResponse<InputStream> answer = http.send(request("GET", path, headers), BodyHandlers.ofInputStream());
            status = answer.statusCode();
            answer.body().transferTo(bytes);
            complete = true;
        } catch (IOException e) {
            // What came until then is what the client has.
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        String digest = digest(new ByteArrayInputStream(bytes.toByteArray()));
        return new Download(status, bytes.size(), digest, complete);
    }

    /** So many clients at once ask for the same; the digests of what each got. */
    List<String> digests(int clients, String path) {
        List<CompletableFuture<String>> all = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            all.add(http.sendAsync(request("GET", path), BodyHandlers.ofInputStream())
                    .thenApplyAsync(answer -> digest(answer.body())));
        }
        return all.stream().map(CompletableFuture::join).toList();
    }

    static String digest(InputStream body) {
        try (body) {
            MessageDigest hasher = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[64 * 1024];
            for (int read = body.read(chunk); read >= 0; read = body.read(chunk)) {
                hasher.update(chunk, 0, read);
            }
            return "sha256:" + HexFormat.of().formatHex(hasher.digest());
        } catch (Exception e) {
            return "failed: " + e;
        }
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        await(standalone.drain());
        await(vertx.close());
    }
}
