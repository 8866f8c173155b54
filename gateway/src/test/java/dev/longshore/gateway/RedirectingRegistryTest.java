package dev.longshore.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.longshore.cluster.BlobUrls;
import dev.longshore.cluster.Node;
import dev.longshore.cluster.StaticMembership;
import dev.longshore.http.Door;
import dev.longshore.http.PullMeters;
import dev.longshore.http.RegistryServer;
import dev.longshore.oci.Digest;
import dev.longshore.oci.UpstreamNames;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a client is sent to, and whether it gets the blob there. */
final class RedirectingRegistryTest {

    private static final Buffer BYTES = Buffer.buffer("some bytes");
    private static final String BLOB = "/v2/docker.io/library/app/blobs/" + Digest.of(BYTES.getBytes());

    private final List<Vertx> gateways = new ArrayList<>();
    private final TestNode node = TestNode.start().holding(BYTES);
    private final URI publicUrl =
            URI.create("http://127.0.0.1:" + node.node.address().port());
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void stop() {
        node.close();
        gateways.forEach(gateway -> Wait.on(gateway.close()));
    }

    /** Where the gateway serves, whose clock is so far behind the node's. */
    private String gateway(Optional<URI> nodeIsAt, Duration behind) {
        Node owner = new Node(node.node.address(), Optional.empty(), nodeIsAt, 1);
        BlobUrls urls = new BlobUrls(TestNode.KEYS, Clock.offset(Clock.systemUTC(), behind.negated()));
        RedirectingRegistry registry = new RedirectingRegistry(node, StaticMembership.of(List.of(owner)), urls);
        Vertx vertx = Vertx.vertx();
        gateways.add(vertx);
        UpstreamNames names = UpstreamNames.of(Set.of("docker.io"), Optional.of("docker.io"));
        return "http://127.0.0.1:"
                + Wait.on(RegistryServer.listen(
                                vertx,
                                "127.0.0.1",
                                0,
                                registry,
                                names,
                                Clock.systemUTC(),
                                Door.OPEN,
                                new PullMeters("test", new SimpleMeterRegistry()),
                                RegistryServer.NOBODY))
                        .port();
    }

    private String gateway() {
        return gateway(Optional.of(publicUrl), Duration.ZERO);
    }

    private HttpResponse<String> ask(String method, String uri) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(uri))
                .method(method, BodyPublishers.noBody())
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    private String location(String gateway) throws IOException, InterruptedException {
        HttpResponse<String> answer = ask("GET", gateway + BLOB);
        assertThat(answer.statusCode()).isEqualTo(307);
        assertThat(answer.body()).isEmpty();
        return answer.headers().firstValue("Location").orElseThrow();
    }

    @Test
    void theClientIsSentToTheOwnerWhichGivesItTheBlob() throws Exception {
        String location = location(gateway());

        assertThat(location).startsWith(publicUrl + BLOB + "?expires=");
        assertThat(node.pulls).hasValue(0);
        assertThat(ask("GET", location).body()).isEqualTo(BYTES.toString());
    }

    @Test
    void anAddressOfAnotherBlobCannotBeMadeOfIt() throws Exception {
        String other = BLOB.replace("library/app", "library/other");

        assertThat(ask("GET", location(gateway()).replace(BLOB, other)).statusCode())
                .isEqualTo(403);
        assertThat(ask("GET", publicUrl + BLOB).statusCode()).isEqualTo(403);
        assertThat(node.pulls).hasValue(0);
    }

    @Test
    void theAddressHoldsForAQuarterOfAnHour() throws Exception {
        String old = location(gateway(Optional.of(publicUrl), Duration.ofMinutes(14)));
        String tooOld = location(gateway(Optional.of(publicUrl), Duration.ofMinutes(16)));

        assertThat(ask("GET", old).statusCode()).isEqualTo(200);
        assertThat(ask("GET", tooOld).statusCode()).isEqualTo(403);
    }

    @Test
    void whoAsksForTheDescriptorAloneIsAnsweredHere() throws Exception {
        HttpResponse<String> head = ask("HEAD", gateway() + BLOB);

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(BYTES.length());
    }

    @Test
    void aNodeThatClientsCannotReachIsStoodInForAndNamedOnce() throws Exception {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        Logger log = (Logger) LoggerFactory.getLogger(RedirectingRegistry.class);
        log.addAppender(lines);
        lines.start();
        try {
            String gateway = gateway(Optional.empty(), Duration.ZERO);
            for (int pull = 0; pull < 2; pull++) {
                HttpResponse<String> answer = ask("GET", gateway + BLOB);
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo(BYTES.toString());
            }
        } finally {
            log.detachAppender(lines);
        }

        assertThat(lines.list).singleElement().asString().contains(node.node.name() + " has no cluster.public-url");
    }
}
