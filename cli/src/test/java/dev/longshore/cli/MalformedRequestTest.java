package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.loadtest.FakeRegistry;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a client sends, it gets an error of the specification at once; nobody is dialled and nothing is written. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MalformedRequestTest {

    private static final String HEX = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static final Duration AT_ONCE = Duration.ofMillis(100);

    private final FakeRegistry upstream = FakeRegistry.start();
    private final List<Duration> took = new ArrayList<>();
    private Path directory;
    private RunningMirror mirror;

    @BeforeAll
    void start(@TempDir Path storage) {
        directory = storage;
        mirror = RunningMirror.of(upstream, storage);
        for (int i = 0; i < 20; i++) {
            RawHttp.get(mirror.port(), "/v2/A/manifests/1", ""); // a young process is slow
        }
    }

    @AfterEach
    void nothingWasDoneForIt() {
        assertThat(upstream.log().all()).isEmpty();
        assertThat(upstream.log().peakConnections()).isZero();
        assertThat(Expect.files(directory))
                .allSatisfy(file -> assertThat(file).startsWith(directory.resolve("longshore")));
    }

    /** A pause of the machine is not the mirror's. */
    @AfterAll
    void refusedAtOnce() {
        Collections.sort(took);
        assertThat(took.get(took.size() / 2)).isLessThan(AT_ONCE);
    }

    @AfterAll
    void stop() {
        mirror.close();
        upstream.close();
    }

    private void assertRefused(RawHttp answer, int status, String code) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.head())
                .contains("docker-distribution-api-version: registry/2.0")
                .contains("content-type: application/json");
        Expect.message(answer.body(), code);
        took.add(answer.took());
    }

    @ParameterizedTest
    @CsvSource({
        // names
        "/v2/Library/alpine/manifests/1, 400, NAME_INVALID",
        "/v2/library/-alpine/manifests/1, 400, NAME_INVALID",
        "/v2/a___b/c/manifests/1, 400, NAME_INVALID",
        "/v2/library//alpine/manifests/1, 400, NAME_INVALID",
        "/v2/library/../alpine/manifests/1, 400, NAME_INVALID",
        "/v2/library/%2e%2e/alpine/manifests/1, 400, NAME_INVALID",
        "/v2/library%2Falpine/manifests/1, 400, NAME_INVALID",
        "/v2/library/alpine%00/manifests/1, 400, NAME_INVALID",
        "/v2/..%2f..%2fetc/passwd/manifests/1, 400, NAME_INVALID",
        "/v2/library/alpine/manifests, 400, NAME_INVALID",
        "/v2/library/alpine, 400, NAME_INVALID",
        "/v2/library/alpine/uploads/1, 400, NAME_INVALID",
        "/v2//manifests/1, 400, NAME_INVALID",
        // tags
        "/v2/library/alpine/manifests/, 400, TAG_INVALID",
        "/v2/library/alpine/manifests/.., 400, TAG_INVALID",
        "/v2/library/alpine/manifests/-x, 400, TAG_INVALID",
        "/v2/library/alpine/manifests/a+b, 400, TAG_INVALID",
        // digests
        "/v2/library/alpine/manifests/sha256:abc, 400, DIGEST_INVALID",
        "/v2/library/alpine/blobs/latest, 400, DIGEST_INVALID",
        "/v2/library/alpine/blobs/, 400, DIGEST_INVALID",
        "/v2/library/alpine/blobs/sha256:../../../../etc/passwd, 400, NAME_INVALID",
        "/v2/library/alpine/blobs/sha1:" + HEX + ", 400, DIGEST_INVALID",
        "/v2/library/alpine/blobs/SHA256:" + HEX + ", 400, DIGEST_INVALID",
        "/v2/library/alpine/blobs/sha256:" + HEX + "0, 400, DIGEST_INVALID",
        "/v2/library/alpine/blobs/sha512:" + HEX + ", 400, DIGEST_INVALID",
        "/v2/library/alpine/referrers/1, 400, DIGEST_INVALID",
        // upstreams
        "/v2/library/alpine/manifests/1?ns=quay.io, 404, NAME_UNKNOWN",
        "/v2/library/alpine/manifests/1?ns=127.0.0.1:22, 404, NAME_UNKNOWN",
        "/v2/library/alpine/manifests/1?ns=../../x, 404, NAME_UNKNOWN",
        "/v2/quay.io/org/app/manifests/1, 404, NAME_UNKNOWN",
        "/v2/localhost:5000/app/manifests/1, 404, NAME_UNKNOWN",
        "/v2/169.254.169.254/latest/manifests/1, 404, NAME_UNKNOWN",
        "/v2/quay.io/org/app/tags/list, 404, NAME_UNKNOWN",
        // pages, queries, other paths
        "/v2/_catalog?n=-1, 400, PAGINATION_NUMBER_INVALID",
        "/v2/library/alpine/tags/list?n=x, 400, PAGINATION_NUMBER_INVALID",
        "/v2/library/alpine/manifests/1?ns=%zz, 400, REQUEST_INVALID",
        "/, 400, REQUEST_INVALID",
        "/v1/_ping, 400, REQUEST_INVALID",
        "/v2/../v2/library/alpine/manifests/1, 404, NAME_UNKNOWN",
        "http://169.254.169.254/latest/meta-data, 400, REQUEST_INVALID"
    })
    void whatIsOutsideTheGrammarIsRefused(String target, int status, String code) {
        assertRefused(RawHttp.get(mirror.port(), target, ""), status, code);
    }

    @Test
    void aNameThatIsTooLongIsRefused() {
        assertRefused(
                RawHttp.get(mirror.port(), "/v2/org/" + "a".repeat(252) + "/manifests/1", ""), 400, "NAME_INVALID");
        assertRefused(RawHttp.get(mirror.port(), "/v2/org/app/manifests/" + "a".repeat(129), ""), 400, "TAG_INVALID");
    }

    @Test
    void anAddressOrAHeaderThatIsTooLongIsRefused() {
        assertRefused(
                RawHttp.get(mirror.port(), "/v2/" + "a/".repeat(5000) + "manifests/1", ""), 400, "REQUEST_INVALID");
        assertRefused(
                RawHttp.get(mirror.port(), "/v2/", "X-Long: " + "x".repeat(20_000) + "\r\n"), 400, "REQUEST_INVALID");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v2/ HTTP/1.1\r\nHost: a\r\nNo colon here\r\n\r\n",
                "complete nonsense\r\n\r\n",
                "GET /v2/ HTTP/1.1\r\nHost: a\r\nBad\u0000Name: x\r\n\r\n"
            })
    void whatIsNotHttpIsRefused(String request) {
        assertRefused(RawHttp.send(mirror.port(), request), 400, "REQUEST_INVALID");
    }

    @Test
    void aBodyThatNobodyAskedForIsNotReadAsTheNextRequest() {
        String hidden = "GET /v2/ HTTP/1.1\r\nHost: a\r\nx: 1234\r\n\r\n";
        String write = "PUT /v2/org/app/manifests/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: "
                + hidden.length();
        RawHttp answer = RawHttp.send(mirror.port(), write + "\r\n\r\n" + hidden);
        assertRefused(answer, 405, "UNSUPPORTED");
        assertThat(answer.body()).doesNotContain("HTTP/1.1");
    }

    @Test
    void anErrorToAHeadHasNoBody() {
        RawHttp answer = RawHttp.send(
                mirror.port(), "HEAD /v2/quay.io/app/manifests/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void whatAClientSendsComesBackAsJsonAlone() {
        RawHttp answer = RawHttp.get(mirror.port(), "/v2/<script>\"/manifests/1", "");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getJsonArray("errors")).hasSize(1);
        assertThat(answer.body()).doesNotContain("<script>");
    }

    @Test
    void aRefusedWriteEndsItsConnectionAsItSays() {
        RawHttp answer = RawHttp.send(
                mirror.port(), "PUT /v2/org/app/manifests/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
        assertThat(answer.head()).contains("connection: close");
    }

    @Test
    void aRefusedWriteIsNotWaitedFor() {
        RawHttp answer = RawHttp.send(
                mirror.port(), "PUT /v2/org/app/manifests/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{}");
        assertThat(answer.status()).isEqualTo(405);
    }
}
