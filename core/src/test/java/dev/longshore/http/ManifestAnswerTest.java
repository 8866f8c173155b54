package dev.longshore.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.blob.Blob;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Descriptor;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Freshness;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Registry;
import dev.longshore.oci.Tag;
import dev.longshore.oci.UpstreamNames;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is written, to the byte, for a manifest that many ask for. */
final class ManifestAnswerTest {

    private static final Instant BEGIN = Instant.parse("2026-01-02T03:04:05Z");
    private static final Buffer CONTENT = Buffer.buffer("{}");
    private static final Digest DIGEST = Digest.of(CONTENT.getBytes());
    private static final Manifest MANIFEST = new Manifest(
            new Descriptor(DIGEST, MediaTypes.OCI_MANIFEST, CONTENT.length()),
            Optional.of(CONTENT),
            Origin.MEMORY,
            Optional.empty());
    private static final String BY_TAG = "/v2/app/manifests/1";
    private static final String BY_DIGEST = "/v2/app/manifests/" + DIGEST;

    private final AtomicReference<Instant> now = new AtomicReference<>(BEGIN);
    private final Vertx vertx = Vertx.vertx();
    private final RegistryServer server = RegistryServer.listen(
                    vertx,
                    "127.0.0.1",
                    0,
                    new OneManifest(),
                    UpstreamNames.of(Set.of("docker.io"), Optional.of("docker.io")),
                    ((InstantSource) now::get).withZone(ZoneOffset.UTC),
                    Door.OPEN,
                    new PullMeters("test", new SimpleMeterRegistry()),
                    RegistryServer.NOBODY)
            .await();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void itIsToldWithEverythingThatIsKnownOfIt() throws IOException {
        assertThat(ask("GET " + BY_DIGEST + "?ns=docker.io"))
                .containsExactly(
                        "HTTP/1.1 200 OK",
                        "Docker-Distribution-API-Version: registry/2.0",
                        "OCI-Namespace: docker.io",
                        "Docker-Content-Digest: " + DIGEST,
                        "etag: \"" + DIGEST + "\"",
                        "X-Cache: HIT",
                        "content-type: " + MediaTypes.OCI_MANIFEST,
                        "content-length: 2",
                        "",
                        "{}");
        assertThat(ask("HEAD " + BY_DIGEST)).contains("HTTP/1.1 200 OK", "content-length: 2");
    }

    @Test
    void whoHasItIsToldSoWithoutALength() throws IOException {
        assertThat(ask("GET " + BY_DIGEST, "If-None-Match: \"" + DIGEST + "\""))
                .contains("HTTP/1.1 304 Not Modified", "etag: \"" + DIGEST + "\"")
                .noneMatch(line -> line.startsWith("content-length"));
        assertThat(ask("GET " + BY_DIGEST)).contains("content-length: 2");
    }

    @Test
    void itGrowsOlder() throws IOException {
        assertThat(ask("GET " + BY_TAG)).contains("age: 0");
        now.set(BEGIN.plusMillis(900));
        assertThat(ask("GET " + BY_TAG)).contains("age: 0");
        now.set(BEGIN.plusSeconds(7));
        assertThat(ask("GET " + BY_TAG)).contains("age: 7");
        assertThat(ask("GET " + BY_DIGEST)).noneMatch(line -> line.startsWith("age"));
    }

    @Test
    void aServerThatStopsSaysThatTheConnectionEnds() throws IOException {
        try (Socket client = connect()) {
            assertThat(ask("GET " + BY_TAG)).contains("HTTP/1.1 200 OK").doesNotContain("connection: close");
            Future<Void> drained = server.drain(Duration.ofSeconds(5));
            assertThat(ask(client, "GET " + BY_TAG))
                    .contains("HTTP/1.1 200 OK", "connection: close", "content-length: 2");
            drained.await();
        }
    }

    private List<String> ask(String request, String... headers) throws IOException {
        try (Socket client = connect()) {
            return ask(client, request, headers);
        }
    }

    /** The lines of an answer, the body being the last. */
    private static List<String> ask(Socket client, String request, String... headers) throws IOException {
        String head = request + " HTTP/1.1\r\nHost: mirror\r\n"
                + Arrays.stream(headers).map(header -> header + "\r\n").collect(joining());
        client.getOutputStream().write((head + "\r\n").getBytes(US_ASCII));
        client.shutdownOutput();
        return new String(client.getInputStream().readAllBytes(), US_ASCII)
                .lines()
                .toList();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static final class OneManifest implements Registry {

        @Override
        public Future<Manifest> manifest(ManifestPull pull) {
            return Future.succeededFuture(
                    pull.reference() instanceof Tag
                            ? MANIFEST.validated(new Freshness(BEGIN, BEGIN.plusSeconds(60)))
                            : MANIFEST);
        }

        @Override
        public Future<Blob> blob(BlobPull pull) {
            return Future.failedFuture("nobody pulls");
        }

        @Override
        public Future<Listing> listing(ListingPull pull) {
            return Future.failedFuture("nobody pulls");
        }
    }
}
