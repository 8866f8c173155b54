package dev.longshore.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.longshore.blob.Blob;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.UpstreamNames;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class PullLogTest {

    private static final String PING = "GET /v2/ HTTP/1.1\r\nHost: mirror\r\n\r\n";
    private static final String HOP = "GET /v2/ HTTP/1.1\r\nHost: mirror\r\nHop: yes\r\n\r\n";

    private final Vertx vertx = Vertx.vertx();
    private final Logger log = (Logger) LoggerFactory.getLogger("longshore.pulls");
    private final Lines lines = new Lines();
    private final RegistryServer server = RegistryServer.listen(
                    vertx,
                    "127.0.0.1",
                    0,
                    new Nothing(),
                    UpstreamNames.of(Set.of("docker.io"), Optional.of("docker.io")),
                    Clock.systemUTC(),
                    request -> new Door.Guest(Caller.client("10.0.0.1"), request.getHeader("Hop") != null),
                    new PullMeters("test", new SimpleMeterRegistry()),
                    RegistryServer.NOBODY)
            .await();

    @BeforeEach
    void listen() {
        log.setAdditive(false);
        log.setLevel(Level.INFO);
        lines.start();
        log.addAppender(lines);
    }

    @AfterEach
    void close() {
        lines.taken.countDown();
        vertx.close().await();
        log.detachAppender(lines);
        log.setLevel(null);
        log.setAdditive(true);
    }

    @Test
    void aHopIsTheGatewaysPullAndALineOnlyForWhoDebugs() throws IOException {
        lines.taken.countDown();
        log.setLevel(Level.DEBUG);
        send(HOP, 1);
        send(PING, 1);

        await().untilAsserted(() -> assertThat(lines.events)
                .extracting(ILoggingEvent::getLevel)
                .containsExactlyInAnyOrder(Level.DEBUG, Level.INFO));
        log.setLevel(Level.INFO);
        send(HOP, 1);
        send(PING, 1);
        server.drain(Duration.ofSeconds(1)).await();

        assertThat(lines.events)
                .hasSize(3)
                .last()
                .extracting(ILoggingEvent::getLevel)
                .isEqualTo(Level.INFO);
    }

    @Test
    void whatIsAnsweredWhileNobodyTakesTheLinesIsAnsweredAllTheSameAndCounted() throws IOException {
        int pulls = 5000;
        send(PING, pulls);
        lines.taken.countDown();

        await().untilAsserted(
                        () -> assertThat(lines.written() + lines.leftOut()).isEqualTo(pulls));
        assertThat(lines.leftOut()).isBetween(4500, 4750);
    }

    @Test
    void aDrainWritesWhatIsLeft() throws IOException {
        lines.taken.countDown();
        send(PING, 10);
        server.drain(Duration.ofSeconds(1)).await();

        assertThat(lines.written()).isEqualTo(10);
    }

    /** Pipelined on one connection; returns when all have been answered. */
    private void send(String request, int times) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(20_000);
            InputStream in = socket.getInputStream();
            for (int sent = 0; sent < times; sent += 100) {
                int batch = Math.min(100, times - sent);
                socket.getOutputStream().write(request.repeat(batch).getBytes(US_ASCII));
                for (int answered = 0; answered < batch; ) {
                    answered += in.read() == '}' ? 1 : 0;
                }
            }
        }
    }

    /** A log whose lines nobody takes until the test does. */
    private static final class Lines extends AppenderBase<ILoggingEvent> {

        private final CountDownLatch taken = new CountDownLatch(1);
        private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            try {
                assertThat(taken.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            events.add(event);
        }

        private int written() {
            return (int) events.stream()
                    .filter(event -> event.getArgumentArray() == null)
                    .count();
        }

        private int leftOut() {
            return events.stream()
                    .filter(event -> event.getArgumentArray() != null)
                    .mapToInt(event -> ((Long) event.getArgumentArray()[0]).intValue())
                    .sum();
        }
    }

    /** There is a registry, and nothing in it. */
    private record Nothing() implements Registry {

        @Override
        public Future<Manifest> manifest(ManifestPull pull) {
            return Future.failedFuture(new RegistryException(ErrorCode.MANIFEST_UNKNOWN));
        }

        @Override
        public Future<Blob> blob(BlobPull pull) {
            return Future.failedFuture(new RegistryException(ErrorCode.BLOB_UNKNOWN));
        }

        @Override
        public Future<Listing> listing(ListingPull pull) {
            return Future.failedFuture(new RegistryException(ErrorCode.NAME_UNKNOWN));
        }
    }
}
