package dev.longshore.upstream;

import static dev.longshore.upstream.UpstreamFixture.assertRefused;
import static dev.longshore.upstream.UpstreamFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.loadtest.Answer;
import dev.longshore.loadtest.Body;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Request;
import dev.longshore.oci.ErrorCode;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.PfxOptions;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TlsTest {

    private static final String PASSWORD = "changeit";

    @TempDir
    private static Path directory;

    private static FakeRegistry fake;
    private static Images.Image image;

    private final UpstreamFixture upstream = new UpstreamFixture();

    @BeforeAll
    static void start() throws Exception {
        Path store = directory.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "a",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=fake",
                        "-ext",
                        "SAN=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        store.toString())
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(store)) {
            keys.load(file, PASSWORD.toCharArray());
        }
        String base64 =
                Base64.getMimeEncoder().encodeToString(keys.getCertificate("a").getEncoded());
        Files.writeString(
                directory.resolve("ca.pem"),
                "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
        fake = FakeRegistry.start(new HttpServerOptions()
                .setPort(0)
                .setSsl(true)
                .setKeyCertOptions(new PfxOptions().setPath(store.toString()).setPassword(PASSWORD)));
        image = fake.images().image(UpstreamFixture.REPOSITORY, "3", new byte[] {1});
    }

    @AfterAll
    static void stop() {
        fake.close();
    }

    @BeforeEach
    void point() {
        upstream.url(fake.url());
    }

    @AfterEach
    void close() {
        upstream.close();
        fake.heal();
        fake.log().clear();
    }

    @Test
    void unknownCertificateMeansUnavailableAndIsTriedOnce() {
        assertRefused(upstream.manifest("3"), ErrorCode.UPSTREAM_UNAVAILABLE).hasMessageContaining("TLS");
        assertThat(fake.log().all()).isEmpty();
    }

    @Test
    void ownCertificateIsTrustedWhenItIsGiven() {
        upstream.ca(directory.resolve("ca.pem"));

        assertThat(await(upstream.manifest("3")).descriptor().digest()).hasToString(image.digest());
    }

    @Test
    void aConnectionThatEndsInTheHandshakeIsTriedAgain() {
        upstream.ca(directory.resolve("ca.pem"));
        Vertx vertx = Vertx.vertx();
        try {
            AtomicInteger connections = new AtomicInteger();
            NetServer door = await(vertx.createNetServer(new NetServerOptions().setSoLinger(0))
                    .connectHandler(socket -> {
                        if (connections.getAndIncrement() == 0) {
                            socket.handler(hello -> socket.close());
                        } else {
                            socket.pause();
                            vertx.createNetClient()
                                    .connect(URI.create(fake.url()).getPort(), "127.0.0.1")
                                    .onSuccess(inside -> {
                                        inside.pipeTo(socket);
                                        socket.pipeTo(inside);
                                    });
                        }
                    })
                    .listen(0, "127.0.0.1"));
            upstream.url("https://127.0.0.1:" + door.actualPort());

            assertThat(await(upstream.manifest("3")).descriptor().digest()).hasToString(image.digest());
            assertThat(connections).hasValue(2);
        } finally {
            await(vertx.close());
        }
    }

    @Test
    void insecureTrustsAnyone() {
        upstream.insecure();

        assertThat(await(upstream.manifest("3")).descriptor().digest()).hasToString(image.digest());
    }

    @Test
    void redirectToPlainHttpIsRefused() {
        upstream.insecure();
        fake.always(
                Request.manifests(),
                Fault.rewrite((request, answer) ->
                        new Answer(307, Map.of("Location", upstream.fake.url() + "/v2/"), Body.of(new byte[0]), 0, 0)));

        assertRefused(upstream.manifest("3"), ErrorCode.UPSTREAM_UNAVAILABLE).hasMessageContaining("plain http");
        assertThat(upstream.fake.log().all()).isEmpty();
    }

    @Test
    void realmOnPlainHttpIsNotAsked() {
        upstream.insecure().tokenHosts(upstream.fake.host());
        fake.requireToken(upstream.fake.url() + "/token");

        assertRefused(upstream.manifest("3"), ErrorCode.DENIED).hasMessageContaining("plain http");
        assertThat(upstream.fake.log().all()).isEmpty();
    }
}
