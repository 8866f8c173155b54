package dev.longshore.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.blob.Blob;
import dev.longshore.blob.LocatedBlob;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Registry;
import dev.longshore.oci.UpstreamNames;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.time.Clock;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DeliveryElsewhereTest {

    private static final Digest DIGEST = Digest.of(new byte[] {1, 2, 3});
    private static final URI LOCATION = URI.create("https://node-0.example.com/v2/x?expires=1&signature=00");

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = vertx.createHttpClient();
    private final RegistryServer server = RegistryServer.listen(
                    vertx,
                    "127.0.0.1",
                    0,
                    new Elsewhere(),
                    UpstreamNames.of(Set.of("docker.io"), Optional.of("docker.io")),
                    Clock.systemUTC(),
                    Door.OPEN,
                    new PullMeters("test", new SimpleMeterRegistry()),
                    RegistryServer.NOBODY)
            .await();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void clientIsSentWhereTheBlobIs() {
        HttpClientResponse answer = ask(HttpMethod.GET);

        assertThat(answer.statusCode()).isEqualTo(307);
        assertThat(answer.getHeader("Location")).isEqualTo(LOCATION.toString());
        assertThat(answer.getHeader("Content-Length")).isEqualTo("0");
        assertThat(answer.getHeader("Docker-Content-Digest")).isEqualTo(DIGEST.toString());
    }

    @Test
    void headIsAnsweredHere() {
        HttpClientResponse answer = ask(HttpMethod.HEAD);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.getHeader("Location")).isNull();
        assertThat(answer.getHeader("Content-Length")).isEqualTo("3");
    }

    @Test
    void strangersAreNotToldWhereItWasRead() {
        assertThat(ask(HttpMethod.HEAD).getHeader("Longshore-Tier")).isNull();
    }

    private HttpClientResponse ask(HttpMethod method) {
        return client.request(method, server.port(), "127.0.0.1", "/v2/app/blobs/" + DIGEST)
                .compose(HttpClientRequest::send)
                .compose(response -> response.end().map(response))
                .await();
    }

    /** A registry that has nothing here. */
    private static final class Elsewhere implements Registry {

        @Override
        public Future<Manifest> manifest(ManifestPull pull) {
            return Future.failedFuture(new IllegalStateException("nobody asks"));
        }

        @Override
        public Future<Blob> blob(BlobPull pull) {
            return Future.succeededFuture(new LocatedBlob(DIGEST, OptionalLong.of(3), LOCATION, Origin.DISK));
        }

        @Override
        public Future<Listing> listing(ListingPull pull) {
            return Future.failedFuture(new IllegalStateException("nobody asks"));
        }
    }
}
