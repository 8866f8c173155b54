package dev.longshore.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class FakeRegistryTest {
    private static final String REPOSITORY = "library/alpine";
    private static final byte[] BYTES =
            Body.generated(7, 100_000).read(0, 100_000).getBytes();

    private final FakeRegistry registry = FakeRegistry.start();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String digest = registry.content().putBlob(REPOSITORY, BYTES);
    private final String blob = "/v2/" + REPOSITORY + "/blobs/" + digest;

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void blobIsServedWithItsDigest() throws Exception {
        HttpResponse<byte[]> response = get(blob);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(BYTES);
        assertThat(header(response, "Docker-Content-Digest")).isEqualTo(digest);
        assertThat(header(response, "Content-Length")).isEqualTo("100000");
        assertThat(registry.log().bytesSent(digest)).isEqualTo(100_000);
    }

    @Test
    void headBringsNoBytes() throws Exception {
        HttpResponse<byte[]> response = send(request(blob).method("HEAD", HttpRequest.BodyPublishers.noBody()));

        assertThat(header(response, "Content-Length")).isEqualTo("100000");
        assertThat(registry.log().bytesSent()).isZero();
    }

    @Test
    void blobIsVisibleOnlyWhereItWasPut() throws Exception {
        assertThat(get("/v2/library/other/blobs/" + digest).statusCode()).isEqualTo(404);
        registry.content().mount(digest, REPOSITORY, "library/other");
        assertThat(get("/v2/library/other/blobs/" + digest).statusCode()).isEqualTo(200);
    }

    @Test
    void rangeAnswersPart() throws Exception {
        HttpResponse<byte[]> response = send(request(blob).header("Range", "bytes=70000-80000"));

        assertThat(response.statusCode()).isEqualTo(206);
        assertThat(header(response, "Content-Range")).isEqualTo("bytes 70000-80000/100000");
        assertThat(response.body()).isEqualTo(Arrays.copyOfRange(BYTES, 70_000, 80_001));
    }

    @Test
    void openAndSuffixRangesReachTheEnd() throws Exception {
        assertThat(send(request(blob).header("Range", "bytes=99990-")).body()).hasSize(10);
        assertThat(send(request(blob).header("Range", "bytes=-10")).body())
                .isEqualTo(Arrays.copyOfRange(BYTES, 99_990, 100_000));
        assertThat(send(request(blob).header("Range", "bytes=99990-200000")).body())
                .hasSize(10);
    }

    @Test
    void rangePastTheEndIsUnsatisfiable() throws Exception {
        HttpResponse<byte[]> response = send(request(blob).header("Range", "bytes=100000-"));

        assertThat(response.statusCode()).isEqualTo(416);
        assertThat(header(response, "Content-Range")).isEqualTo("bytes */100000");
    }

    @Test
    void generatedBytesHashToTheirDigestHoweverTheyAreRead() throws Exception {
        String generated = registry.content().putGenerated(REPOSITORY, 3, 5_000_001);
        byte[] whole = get("/v2/" + REPOSITORY + "/blobs/" + generated).body();
        byte[] part = send(request("/v2/" + REPOSITORY + "/blobs/" + generated).header("Range", "bytes=4095-2100000"))
                .body();

        assertThat(Body.digestOf(whole)).isEqualTo(generated);
        assertThat(part).isEqualTo(Arrays.copyOfRange(whole, 4095, 2_100_001));
        assertThat(registry.content().putGenerated(REPOSITORY, 4, 5_000_001)).isNotEqualTo(generated);
    }

    @Test
    void tagsMoveAndLeave() throws Exception {
        Images.Image first = registry.images().image(REPOSITORY, "3", BYTES);
        String path = "/v2/" + REPOSITORY + "/manifests/3";
        assertThat(header(get(path), "Docker-Content-Digest")).isEqualTo(first.digest());

        Images.Image second = registry.images().image(REPOSITORY, "3", BYTES, BYTES);
        assertThat(header(get(path), "Docker-Content-Digest")).isEqualTo(second.digest());
        assertThat(get("/v2/" + REPOSITORY + "/manifests/" + first.digest()).statusCode())
                .isEqualTo(200);

        registry.content().untag(REPOSITORY, "3");
        assertThat(get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void manifestsOfAnyFormPassUntouched() throws Exception {
        byte[] schema1 = "{\n   \"schemaVersion\": 1,\n   \"tag\": \"old\"\n}".getBytes(StandardCharsets.UTF_8);
        registry.content()
                .putManifest(REPOSITORY, "old", schema1, "application/vnd.docker.distribution.manifest.v1+prettyjws");
        HttpResponse<byte[]> response = get("/v2/" + REPOSITORY + "/manifests/old");

        assertThat(response.body()).isEqualTo(schema1);
        assertThat(header(response, "Content-Type")).endsWith("manifest.v1+prettyjws");
    }

    @Test
    void tagsArePagedByALink() throws Exception {
        for (String tag : List.of("c", "a", "b")) {
            registry.images().image(REPOSITORY, tag, BYTES);
        }
        HttpResponse<byte[]> page = get("/v2/" + REPOSITORY + "/tags/list?n=2");
        assertThat(json(page).path("tags")).map(JsonNode::asText).containsExactly("a", "b");
        String link = header(page, "Link");

        HttpResponse<byte[]> rest = get(link.substring(1, link.indexOf('>')));
        assertThat(json(rest).path("tags")).map(JsonNode::asText).containsExactly("c");
        assertThat(rest.headers().firstValue("Link")).isEmpty();
    }

    @Test
    void referrersAreFoundByTheirSubject() throws Exception {
        Images.Image subject = registry.images().index(REPOSITORY, "3", BYTES, new byte[10]);
        Images.Image signature = registry.images().artifact(REPOSITORY, subject, "test/signature", BYTES);
        registry.images().artifact(REPOSITORY, subject, "test/sbom", BYTES);
        String path = "/v2/" + REPOSITORY + "/referrers/" + subject.digest();

        assertThat(json(get(path)).path("manifests")).hasSize(2);
        JsonNode filtered = json(get(path + "?artifactType=test%2Fsignature")).path("manifests");
        assertThat(filtered).hasSize(1);
        assertThat(filtered.path(0).path("digest").asText()).isEqualTo(signature.digest());
    }

    @Test
    void faultsAreUsedUpAndHeal() throws Exception {
        registry.next(2, Request.blobs(), Fault.unavailable());
        assertThat(get(blob).statusCode()).isEqualTo(503);
        assertThat(get("/v2/").statusCode()).isEqualTo(200);
        assertThat(get(blob).statusCode()).isEqualTo(503);
        assertThat(get(blob).statusCode()).isEqualTo(200);

        registry.always(Request.any(), Fault.tooManyRequests(Duration.ofSeconds(7)));
        assertThat(header(get(blob), "Retry-After")).isEqualTo("7");
        registry.heal();
        assertThat(get(blob).statusCode()).isEqualTo(200);
    }

    @Test
    void cutAndResetBreakTheBody() {
        registry.next(1, Request.blobs(), Fault.cutAfter(50_000));
        assertThatThrownBy(() -> get(blob)).isInstanceOf(IOException.class);
        assertThat(registry.log().bytesSent(digest)).isEqualTo(50_000);

        registry.next(1, Request.blobs(), Fault.resetAfter(50_000));
        assertThatThrownBy(() -> get(blob)).hasRootCauseInstanceOf(SocketException.class);

        registry.next(1, Request.blobs(), Fault.cut());
        // a POST, since the client would silently repeat a GET
        assertThatThrownBy(() -> send(request(blob).POST(HttpRequest.BodyPublishers.noBody())))
                .isInstanceOf(IOException.class);
        await().untilAsserted(() -> assertThat(registry.log().openRequests()).isZero());
    }

    @Test
    void hangingRequestsStayOpenUntilTheClientLeaves() {
        registry.next(1, Request.blobs(), Fault.hang());
        registry.next(1, Request.blobs(), Fault.delay(Duration.ofMinutes(1)));
        Duration patience = Duration.ofMillis(300);

        assertThatThrownBy(() -> send(request(blob).timeout(patience))).isInstanceOf(HttpTimeoutException.class);
        assertThatThrownBy(() -> send(request(blob).timeout(patience))).isInstanceOf(HttpTimeoutException.class);
        await().untilAsserted(() -> assertThat(registry.log().openRequests()).isZero());
        assertThat(registry.log().bytesSent()).isZero();
    }

    @Test
    void hangInTheBodyStopsAtTheByte() throws Exception {
        registry.next(1, Request.blobs(), Fault.hangAfter(50_000));
        try (var body =
                client.send(request(blob).build(), BodyHandlers.ofInputStream()).body()) {
            assertThat(body.readNBytes(50_000)).isEqualTo(Arrays.copyOf(BYTES, 50_000));
            assertThat(body.available()).isZero();
            assertThat(registry.log().openRequests()).isEqualTo(1);
        }
    }

    @Test
    void oneBitIsWrongAlsoInARange() throws Exception {
        registry.always(Request.blobs(), Fault.flippedBit(70_000));
        byte[] expected = BYTES.clone();
        expected[70_000] ^= 1;

        assertThat(get(blob).body()).isEqualTo(expected);
        assertThat(send(request(blob).header("Range", "bytes=69999-70001")).body())
                .isEqualTo(Arrays.copyOfRange(expected, 69_999, 70_002));
    }

    @Test
    void lengthCanBeWrongOrAbsent() throws Exception {
        registry.next(1, Request.blobs(), Fault.overstatedLength(10));
        assertThatThrownBy(() -> get(blob)).isInstanceOf(IOException.class);

        registry.next(1, Request.blobs(), Fault.overstatedLength(-10));
        assertThat(get(blob).body()).hasSize(99_990);

        registry.next(1, Request.blobs(), Fault.truncated(99_990));
        HttpResponse<byte[]> truncated = get(blob);
        assertThat(header(truncated, "Content-Length")).isEqualTo("99990");

        registry.next(1, Request.blobs(), Fault.withoutLength());
        HttpResponse<byte[]> chunked = get(blob);
        assertThat(chunked.headers().firstValue("Content-Length")).isEmpty();
        assertThat(chunked.body()).isEqualTo(BYTES);
    }

    @Test
    void rangesCanBeUnknown() throws Exception {
        registry.always(Request.blobs(), Fault.withoutRanges());
        HttpResponse<byte[]> response = send(request(blob).header("Range", "bytes=10-20"));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(BYTES);
        assertThat(response.headers().firstValue("Content-Range")).isEmpty();
    }

    @Test
    void pageComesInPlaceOfABlob() throws Exception {
        registry.always(Request.blobs(), Fault.page());
        HttpResponse<byte[]> response = get(blob);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "Content-Type")).isEqualTo("text/html");
    }

    @Test
    void headersComeAndGo() throws Exception {
        registry.always(Request.any(), Fault.rateLimit(100, 76));
        registry.always(Request.any(), Fault.withoutHeaders("docker-content-digest"));
        HttpResponse<byte[]> response = get(blob);

        assertThat(header(response, "ratelimit-remaining")).isEqualTo("76;w=21600");
        assertThat(response.headers().firstValue("Docker-Content-Digest")).isEmpty();
    }

    @Test
    void rateIsNotExceeded() throws Exception {
        String big = registry.content().putGenerated(REPOSITORY, 1, 20_000_000);
        registry.always(Request.blobs(), Fault.rate(20_000_000));
        long begin = System.nanoTime();
        get("/v2/" + REPOSITORY + "/blobs/" + big);

        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isBetween(Duration.ofMillis(950), Duration.ofSeconds(5)); // a busy machine may be late
    }

    @Test
    void slowReaderHoldsBackTheSender() throws Exception {
        long size = 200_000_000;
        String big = registry.content().putGenerated(REPOSITORY, 1, size);
        String path = "/v2/" + REPOSITORY + "/blobs/" + big;
        try (var body =
                client.send(request(path).build(), BodyHandlers.ofInputStream()).body()) {
            body.readNBytes(1000);
            assertThat(registry.log().bytesSent(big)).isLessThan(size / 2);
        }
        await().untilAsserted(() -> assertThat(registry.log().openRequests()).isZero());
        assertThat(registry.log().bytesSent(big)).isLessThan(size / 2);
    }

    @Test
    void tokenIsRequiredForTheRightScope() throws Exception {
        registry.requireToken();
        HttpResponse<byte[]> refused = get(blob);
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(header(refused, "WWW-Authenticate"))
                .isEqualTo("Bearer realm=\"" + registry.url()
                        + "/token\",service=\"fake\",scope=\"repository:library/alpine:pull\"");

        assertThat(get(blob, token("repository:library/alpine:pull")).statusCode())
                .isEqualTo(200);
        assertThat(get(blob, token("repository:library/other:pull")).statusCode())
                .isEqualTo(401);
        assertThat(registry.tokens().issued()).isEqualTo(2);
    }

    @Test
    void tokensExpireAndAreRevoked() throws Exception {
        registry.requireToken(registry.urlElsewhere() + "/token");
        String token = token("repository:library/alpine:pull");
        assertThat(get(blob, token).statusCode()).isEqualTo(200);
        registry.tokens().revokeAll();
        assertThat(get(blob, token).statusCode()).isEqualTo(401);

        registry.tokens().validFor(Duration.ZERO);
        assertThat(get(blob, token("repository:library/alpine:pull")).statusCode())
                .isEqualTo(401);
    }

    @Test
    void tokensCanWantCredentials() throws Exception {
        registry.tokens().onlyFor("someone", "secret").in("access_token");
        assertThat(get("/token?scope=x").statusCode()).isEqualTo(401);

        HttpResponse<byte[]> issued = get("/token?scope=x", basic("someone", "secret"));
        assertThat(json(issued).path("access_token").asText()).isNotEmpty();
        assertThat(json(issued).path("expires_in").asInt()).isEqualTo(300);
    }

    @Test
    void basicAuthenticationTellsMissingFromWrong() throws Exception {
        registry.always(Request.any(), Fault.basic("someone", "secret"));
        assertThat(get(blob).statusCode()).isEqualTo(401);
        assertThat(get(blob, basic("someone", "wrong")).statusCode()).isEqualTo(403);
        assertThat(get(blob, basic("someone", "secret")).statusCode()).isEqualTo(200);
    }

    @Test
    void redirectLeadsElsewhereAndRefusesCredentials() throws Exception {
        registry.redirectBlobs(Duration.ofMinutes(1));
        HttpResponse<byte[]> redirect = get(blob);
        assertThat(redirect.statusCode()).isEqualTo(307);
        String target = header(redirect, "Location");
        assertThat(target).startsWith(registry.urlElsewhere());

        assertThat(client.send(HttpRequest.newBuilder(URI.create(target)).build(), BodyHandlers.ofByteArray())
                        .body())
                .isEqualTo(BYTES);
        HttpRequest withCredentials = HttpRequest.newBuilder(URI.create(target))
                .header("Authorization", "Bearer token")
                .build();
        assertThat(client.send(withCredentials, BodyHandlers.discarding()).statusCode())
                .isEqualTo(400);
        assertThat(registry.log().bytesSent(digest)).isEqualTo(100_000);
    }

    @Test
    void signedAddressExpires() throws Exception {
        registry.redirectBlobs(Duration.ZERO);
        URI target = URI.create(header(get(blob), "Location"));

        assertThat(client.send(HttpRequest.newBuilder(target).build(), BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void goneAndBackOnTheSamePort() throws Exception {
        String url = registry.url();
        registry.stop();
        assertThatThrownBy(() -> get(blob)).isInstanceOf(ConnectException.class);

        registry.resume();
        assertThat(registry.url()).isEqualTo(url);
        assertThat(get(blob).body()).isEqualTo(BYTES);
    }

    @Test
    void logTellsWhatWasSentTwice() throws Exception {
        send(request(blob).header("Range", "bytes=0-49999"));
        send(request(blob).header("Range", "bytes=50000-"));
        assertThat(registry.log().repeatedBytes(digest)).isZero();

        send(request(blob).header("Range", "bytes=49000-50999"));
        assertThat(registry.log().repeatedBytes(digest)).isEqualTo(2000);
        assertThat(registry.log().count(Request.blobs())).isEqualTo(3);
        registry.log().clear();
        assertThat(registry.log().all()).isEmpty();
    }

    private String token(String scope) throws Exception {
        return "Bearer "
                + json(get("/token?service=fake&scope=" + scope)).path("token").asText();
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    private HttpResponse<byte[]> get(String path) throws Exception {
        return send(request(path));
    }

    private HttpResponse<byte[]> get(String path, String authorization) throws Exception {
        return send(request(path).header("Authorization", authorization));
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(registry.url() + path));
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static JsonNode json(HttpResponse<byte[]> response) {
        return Json.tree(response.body());
    }
}
