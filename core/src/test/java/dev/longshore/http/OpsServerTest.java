package dev.longshore.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.http.OpsServer.Check;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class OpsServerTest {

    private static final Check GOOD = Check.known("good", true, Optional::empty);
    private static final Check BAD = Check.known("bad", true, () -> Optional.of("it is broken"));
    private static final Check DONE_WITHOUT = Check.known("bucket", false, () -> Optional.of("it is away"));
    private static final Check SILENT =
            new Check("silent", true, () -> Promise.<Optional<String>>promise().future());
    private static final Check FAULTY = new Check("faulty", true, () -> {
        throw new IllegalStateException("a fault");
    });

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = vertx.createHttpClient();

    private record Health(int status, JsonArray checks) {

        JsonObject check(int index) {
            return checks.getJsonObject(index);
        }
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private Health ask(String path, Check... checks) {
        int port = OpsServer.listen(
                        vertx, "127.0.0.1", 0, List.of(checks), () -> "", new AdminDoor(null), request -> {})
                .await()
                .actualPort();
        return client.request(HttpMethod.GET, port, "127.0.0.1", path)
                .compose(HttpClientRequest::send)
                .compose(answer -> answer.body().map(body -> new Health(answer.statusCode(), body.toJsonArray())))
                .await();
    }

    @Test
    void whatIsWrongIsToldCheckByCheck() {
        Health health = ask("/readyz", GOOD, BAD);

        assertThat(health.status()).isEqualTo(503);
        assertThat(health.check(0)).isEqualTo(new JsonObject("{\"name\":\"good\",\"ok\":true,\"required\":true}"));
        assertThat(health.check(1))
                .isEqualTo(new JsonObject(
                        "{\"name\":\"bad\",\"ok\":false,\"required\":true,\"problem\":\"it is broken\"}"));
    }

    @Test
    void whatAProcessCanDoWithoutIsToldAndLeavesItReady() {
        Health health = ask("/readyz", GOOD, DONE_WITHOUT);

        assertThat(health.status()).isEqualTo(200);
        assertThat(health.check(1).getString("problem")).isEqualTo("it is away");
    }

    @Test
    void aCheckThatDoesNotAnswerOrIsFaultyIsNamed() {
        Health health = ask("/readyz", SILENT, FAULTY, GOOD);

        assertThat(health.status()).isEqualTo(503);
        assertThat(health.check(0).getString("problem")).isNotBlank();
        assertThat(health.check(1).getString("problem")).isEqualTo("a fault");
        assertThat(health.check(2).getBoolean("ok")).isTrue();
    }

    @Test
    void whetherTheProcessLivesDependsOnNoCheck() {
        Health health = ask("/livez", SILENT, FAULTY, BAD);

        assertThat(health.status()).isEqualTo(200);
        assertThat(health.checks()).hasSize(1);
        assertThat(health.check(0).getBoolean("ok")).isTrue();
    }
}
