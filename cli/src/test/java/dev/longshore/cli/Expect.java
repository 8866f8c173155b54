package dev.longshore.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What every answer and every storage directory must look like, whatever a test is about. */
final class Expect {

    private Expect() {}

    /** An error of the specification, and nothing that would describe content; gives its message. */
    static String error(HttpResponse<byte[]> answer, int status, String code) {
        String body = new String(answer.body(), UTF_8);
        assertThat(answer.statusCode()).as(body).isEqualTo(status);
        assertThat(answer.headers().firstValue("Docker-Distribution-API-Version"))
                .hasValue("registry/2.0");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(answer.headers().map())
                .doesNotContainKeys("docker-content-digest", "etag", "x-cache", "accept-ranges", "age");
        return message(body, code);
    }

    /** The message of the one error that {@code body} tells. Source: OCI distribution-spec, "Error Codes". */
    static String message(String body, String code) {
        JsonObject error = new JsonObject(body).getJsonArray("errors").getJsonObject(0);
        assertThat(error.getString("code")).as(body).isEqualTo(code);
        assertThat(error.getString("message")).isNotBlank();
        return error.getString("message");
    }

    /** Content, with all that describes it. */
    static void content(HttpResponse<byte[]> answer, String digest, String cache) {
        assertThat(answer.statusCode()).as(new String(answer.body(), UTF_8)).isEqualTo(200);
        assertThat(answer.headers().firstValue("Docker-Distribution-API-Version"))
                .hasValue("registry/2.0");
        assertThat(answer.headers().firstValue("Docker-Content-Digest")).hasValue(digest);
        assertThat(answer.headers().firstValue("ETag")).hasValue('"' + digest + '"');
        assertThat(answer.headers().firstValue("Content-Type")).isPresent();
        assertThat(answer.headers().firstValueAsLong("Content-Length")).isPresent();
        assertThat(answer.headers().firstValue("X-Cache")).hasValue(cache);
    }

    /** All files below {@code folder}; none when there is no such folder. */
    static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
