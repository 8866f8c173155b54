package dev.longshore.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.longshore.blob.Blob;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Registry;
import dev.longshore.oci.UpstreamNames;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DrainTest {

    private static final byte[] PING = "GET /v2/ HTTP/1.1\r\nHost: mirror\r\n\r\n".getBytes(US_ASCII);

    private final Vertx vertx = Vertx.vertx();
    private final RegistryServer server = RegistryServer.listen(
                    vertx,
                    "127.0.0.1",
                    0,
                    new Nothing(),
                    UpstreamNames.of(Set.of("docker.io"), Optional.of("docker.io")),
                    Clock.systemUTC(),
                    Door.OPEN,
                    new PullMeters("test", new SimpleMeterRegistry()),
                    RegistryServer.NOBODY)
            .await();
    private final int port = server.port();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void whoHasConnectedIsAnsweredThoughNobodyIsLetInAnyMore() throws IOException {
        try (Socket early = connect()) {
            accepted();
            Future<Void> drained = server.drain(Duration.ofSeconds(5));
            await().pollInterval(Duration.ofMillis(10))
                    .untilAsserted(
                            () -> assertThatThrownBy(() -> connect().close()).isInstanceOf(ConnectException.class));

            assertThat(ask(early)).isEqualTo("HTTP/1.1 200 OK");
            drained.await();
        }
    }

    @Test
    void whoNeverAsksIsNotWaitedForLong() throws IOException {
        try (Socket silent = connect()) {
            accepted();
            long began = System.nanoTime();
            server.drain(Duration.ofSeconds(30)).await();

            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(Duration.ofMillis(900), Duration.ofSeconds(5));
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
        }
    }

    /** Whoever had connected before this is known to the server. */
    private void accepted() throws IOException {
        try (Socket later = connect()) {
            assertThat(ask(later)).isEqualTo("HTTP/1.1 200 OK");
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static String ask(Socket socket) throws IOException {
        socket.getOutputStream().write(PING);
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
    }

    private static final class Nothing implements Registry {

        @Override
        public Future<Manifest> manifest(ManifestPull pull) {
            return Future.failedFuture("nobody pulls");
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
