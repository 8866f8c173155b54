package dev.longshore.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A mirror in a process of its own, since how it logs is the whole process's, and what it has logged. Confined to a test. */
final class MirrorProcess implements AutoCloseable {

    private static final Pattern ADDRESSES =
            Pattern.compile(".*listens on +127\\.0\\.0\\.1:(\\d+), for operators on 127\\.0\\.0\\.1:(\\d+)");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Process process;
    private final Path stderr;
    final int port;
    final int opsPort;

    /** Ready when this returns. */
    MirrorProcess(Path directory, String configuration, Map<String, String> environment) {
        try {
            Path file = Files.writeString(directory.resolve("longshore.yaml"), configuration);
            stderr = directory.resolve("stderr");
            ProcessBuilder builder = new ProcessBuilder(command(file)).redirectError(stderr.toFile());
            builder.environment().putAll(environment);
            process = builder.start();
            Matcher addresses = addresses(process.inputReader());
            port = Integer.parseInt(addresses.group(1));
            opsPort = Integer.parseInt(addresses.group(2));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> command(Path configuration) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 24) {
            // What the launcher and the jar's manifest say; without it the JVM itself writes to stderr.
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        // Also where tests have a configuration of their own for the log.
        command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-Dlogback.configurationFile=logback.xml"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.longshore.cli.Longshore"));
        command.addAll(List.of("standalone", "--config", configuration.toString()));
        return command;
    }

    private Matcher addresses(BufferedReader out) throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            Matcher matcher = ADDRESSES.matcher(line);
            if (matcher.matches()) {
                return matcher;
            }
        }
        throw new IllegalStateException("the mirror has not started: " + log());
    }

    HttpResponse<byte[]> get(String path, String... headers) {
        return get(port, path, headers);
    }

    HttpResponse<byte[]> ops(String path) {
        return get(opsPort, path);
    }

    private HttpResponse<byte[]> get(int at, String path, String... headers) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + at + path));
            if (headers.length > 0) {
                request.headers(headers);
            }
            return http.send(request.build(), BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The lines that it has written to stderr; one of which there is only the beginning so far is none. */
    List<String> log() {
        try {
            byte[] written = Files.readAllBytes(stderr);
            int end = written.length;
            while (end > 0 && written[end - 1] != '\n') {
                end--;
            }
            return new String(written, 0, end, UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same where each line is JSON. */
    List<JsonObject> events() {
        return log().stream().map(JsonObject::new).toList();
    }

    /** Asks it to stop. */
    void terminate() {
        process.destroy();
    }

    int exitCode() {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        exitCode();
    }
}
