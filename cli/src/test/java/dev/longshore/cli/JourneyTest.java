package dev.longshore.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Images.Image;
import dev.longshore.loadtest.Request;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pull from its first byte to its last, and what it costs the upstream. */
final class JourneyTest {

    private static final int MIB = 1 << 20;

    @TempDir
    private Path directory;

    private final FakeRegistry upstream = FakeRegistry.start();
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        mirror = RunningMirror.of(upstream, directory);
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    private String blob(String digest) {
        return "/v2/library/app/blobs/" + digest;
    }

    @Test
    void aColdPullCostsOneFetchAndAWarmOneNone() {
        String digest = upstream.content().putGenerated("library/app", 1, 3 * MIB);

        HttpResponse<byte[]> cold = mirror.get(blob(digest));
        assertThat(cold.headers().firstValue("X-Cache")).hasValue("MISS");
        assertThat(cold.headers().firstValue("Docker-Content-Digest")).hasValue(digest);
        assertThat(RunningMirror.digest(new ByteArrayInputStream(cold.body()))).isEqualTo(digest);
        assertThat(upstream.log().count(Request.blobs())).isEqualTo(1);

        await().untilAsserted(
                        () -> assertThat(mirror.get(blob(digest)).headers().firstValue("X-Cache"))
                                .hasValue("HIT"));
        assertThat(mirror.get(blob(digest)).body()).isEqualTo(cold.body());
        assertThat(upstream.log().count(Request.blobs())).isEqualTo(1);
    }

    @Test
    void anImageIsPulledByTagAndServedWhenTheUpstreamIsGone() {
        Image image = upstream.images().image("library/app", "1", Images.layer("a", new byte[100_000]));
        HttpResponse<byte[]> manifest = mirror.get("/v2/app/manifests/1");
        assertThat(manifest.statusCode()).isEqualTo(200);
        assertThat(manifest.headers().firstValue("Content-Type")).hasValue(image.mediaType());
        assertThat(manifest.headers().firstValue("Age")).isPresent();
        mirror.get(blob(image.config()));
        image.layers().forEach(layer -> mirror.get(blob(layer)));

        upstream.stop();
        assertThat(mirror.get("/v2/app/manifests/1?ns=docker.io").body()).isEqualTo(manifest.body());
        assertThat(mirror.get("/v2/docker.io/library/app/manifests/" + image.digest())
                        .body())
                .isEqualTo(manifest.body());
        assertThat(mirror.digests(1, blob(image.config()))).containsExactly(image.config());
        assertThat(mirror.digests(1, blob(image.layers().get(0))))
                .containsExactly(image.layers().get(0));
        assertThat(new String(mirror.get("/v2/_catalog").body(), UTF_8)).contains("docker.io/library/app");
    }

    @Test
    void manyClientsAtOnceCostOneFetchOfEachByte() {
        String digest = upstream.content().putGenerated("library/app", 2, 64 * MIB);
        upstream.always(Request.blobs(), Fault.rate(60 * MIB));

        assertThat(mirror.digests(16, blob(digest))).isEqualTo(Collections.nCopies(16, digest));
        assertThat(upstream.log().bytesSent(digest)).isEqualTo(64L * MIB);
        assertThat(upstream.log().count(Request.blobs())).isLessThanOrEqualTo(5);
    }

    @Test
    void aClientThatLeavesStopsNothing() throws Exception {
        String digest = upstream.content().putGenerated("library/app", 3, 40 * MIB);
        upstream.always(Request.blobs(), Fault.rate(20 * MIB));
        HttpRequest request = HttpRequest.newBuilder(mirror.uri(blob(digest))).build();
        try (InputStream body =
                mirror.http.send(request, BodyHandlers.ofInputStream()).body()) {
            assertThat(body.readNBytes(4 * MIB)).hasSize(4 * MIB);
        }
        await().untilAsserted(() -> assertThat(upstream.log().bytesSent(digest)).isEqualTo(40L * MIB));
        await().until(() -> upstream.log().openRequests() == 0);
        upstream.stop();
        assertThat(mirror.digests(1, blob(digest))).containsExactly(digest);
    }

    @Test
    void aColdRangeIsAnsweredFromItsFirstByteAndTheRestFillsIn() throws IOException {
        String digest = upstream.content().putGenerated("library/app", 4, 100 * MIB);
        upstream.always(Request.blobs(), Fault.rate(4 * MIB));
        long begin = System.nanoTime();
        HttpResponse<byte[]> part = mirror.get(blob(digest), "Range", "bytes=83886080-84934655");
        long millis = (System.nanoTime() - begin) / 1_000_000;

        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).hasSize(MIB);
        assertThat(part.headers().firstValue("Content-Range")).hasValue("bytes 83886080-84934655/104857600");
        assertThat(millis).isLessThan(4000);
        upstream.heal();
        assertThat(mirror.digests(1, blob(digest))).containsExactly(digest);
        assertThat(upstream.log().bytesSent(digest)).isBetween(100L * MIB, 101L * MIB);
    }

    @Test
    void readersFarApartTakeTurnsAtASlowUpstream() {
        String digest = upstream.content().putGenerated("library/app", 5, 64 * MIB);
        upstream.always(Request.blobs(), Fault.rate(MIB));
        long begin = System.nanoTime();
        List<CompletableFuture<Long>> firstBytes = new ArrayList<>();
        for (int reader = 0; reader < 64; reader++) {
            HttpRequest request = HttpRequest.newBuilder(mirror.uri(blob(digest)))
                    .header("Range", "bytes=" + (63 - reader) * 37 % 64 * MIB + "-")
                    .build();
            firstBytes.add(mirror.http
                    .sendAsync(request, BodyHandlers.ofInputStream())
                    .thenApply(answer -> millisToFirstByte(answer.body(), begin)));
        }

        assertThat(firstBytes.stream().map(CompletableFuture::join)).allMatch(millis -> millis < 8_000);
        upstream.heal();
        assertThat(mirror.digests(1, blob(digest))).containsExactly(digest);
        assertThat(upstream.log().bytesSent(digest)).isBetween(64L * MIB, 80L * MIB);
    }

    private static long millisToFirstByte(InputStream body, long begin) {
        try (body) {
            assertThat(body.read()).isNotNegative();
            return (System.nanoTime() - begin) / 1_000_000;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void severalRangesComeInOneAnswer() {
        byte[] content = "0123456789".repeat(10_000).getBytes(UTF_8);
        String digest = upstream.content().putBlob("library/app", content);
        HttpResponse<byte[]> parts = mirror.get(blob(digest), "Range", "bytes=0-4,50005-50009,-5");
        assertThat(parts.statusCode()).isEqualTo(206);
        assertThat(parts.headers().firstValue("Content-Type").orElseThrow()).startsWith("multipart/byteranges");
        assertThat(new String(parts.body(), UTF_8))
                .contains("bytes 0-4/100000\r\n\r\n01234\r\n", "bytes 50005-50009/100000\r\n\r\n56789\r\n")
                .contains("bytes 99995-99999/100000\r\n\r\n56789\r\n");
    }

    @Test
    void rangesOfALargeBlobBeginAndEndAnywhere() {
        String digest = upstream.content().putGenerated("library/app", 6, 40 * MIB);
        byte[] whole = mirror.get(blob(digest)).body();
        await().until(() -> mirror.head(blob(digest))
                .headers()
                .firstValue("X-Cache")
                .orElseThrow()
                .equals("HIT"));

        assertThat(mirror.get(blob(digest)).body()).isEqualTo(whole);
        for (int[] range : new int[][] {{1, whole.length - 1}, {4095, 9 * MIB + 1}, {8192, 8192 + 8 * MIB - 1}}) {
            assertThat(mirror.get(blob(digest), "Range", "bytes=" + range[0] + "-" + range[1])
                            .body())
                    .isEqualTo(Arrays.copyOfRange(whole, range[0], range[1] + 1));
        }
    }

    @Test
    void severalRangesOfABlobThatTurnsOutToBeWrongAreAnError() {
        String digest = upstream.content().putGenerated("library/app", 5, 20_000);
        upstream.always(Request.blobs(), Fault.flippedBit(5));

        HttpResponse<byte[]> answer = mirror.get(blob(digest), "Range", "bytes=0-9,100-109");
        Expect.error(answer, 502, "UPSTREAM_UNAVAILABLE");
    }

    @Test
    void aBreakIsResumedAtTheMissingByte() {
        String digest = upstream.content().putGenerated("library/app", 5, 10 * MIB);
        upstream.next(2, Request.blobs(), Fault.cutAfter(3 * MIB));
        assertThat(mirror.digests(1, blob(digest))).containsExactly(digest);
        assertThat(upstream.log().matching(Request.blobs())).hasSize(3);
        assertThat(upstream.log().repeatedBytes(digest)).isLessThan(6 * MIB);
    }

    @Test
    void aBlobOfAnotherRepositoryIsServedOnlyWhereTheUpstreamHasIt() {
        String digest = upstream.content().putGenerated("library/app", 6, MIB);
        assertThat(mirror.digests(1, blob(digest))).containsExactly(digest);

        assertThat(mirror.get("/v2/library/other/blobs/" + digest).statusCode()).isEqualTo(404);
        assertThat(mirror.head("/v2/library/other/blobs/" + digest).statusCode())
                .isEqualTo(404);
        upstream.content().mount(digest, "library/app", "library/third");
        assertThat(mirror.get("/v2/library/third/blobs/" + digest).statusCode()).isEqualTo(200);
        assertThat(upstream.log().bytesSent(digest)).isEqualTo(MIB);
    }

    @Test
    void anEmptyBlobIsABlob() {
        String digest = upstream.content().putBlob("library/app", new byte[0]);
        assertThat(mirror.get(blob(digest)).statusCode()).isEqualTo(200);
        assertThat(mirror.get(blob(digest)).body()).isEmpty();
    }

    @Test
    void aRepositoryThatIsRefusedDoesNotWaitForAnotherOnesFill() {
        String digest = upstream.content().putGenerated("library/app", 7, 40 * MIB);
        upstream.always(Request.blobBytes(), Fault.rate(MIB / 2));
        HttpRequest slow = HttpRequest.newBuilder(mirror.uri(blob(digest))).build();
        CompletableFuture<?> other = mirror.http.sendAsync(slow, BodyHandlers.discarding());
        await().until(() -> upstream.log().bytesSent(digest) > 0);
        long begin = System.nanoTime();
        assertThat(mirror.get("/v2/library/other/blobs/" + digest).statusCode()).isEqualTo(404);
        assertThat((System.nanoTime() - begin) / 1_000_000).isLessThan(5000);
        assertThat(other).isNotDone();
    }
}
