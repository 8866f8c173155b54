package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.longshore.cli.RunningCluster.Member;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Images.Image;
import dev.longshore.loadtest.Request;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Pulls through two gateways and three nodes, and what they cost the upstream. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ClusterTest {

    private static final int MIB = 1 << 20;

    private final FakeRegistry upstream = FakeRegistry.start();
    private RunningCluster cluster;

    @BeforeAll
    void start(@TempDir Path directory) {
        cluster = RunningCluster.of(upstream, directory, 3, 2);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        assertThat(cluster.get(0, "/v2/_catalog").statusCode()).isEqualTo(200));
    }

    @AfterAll
    void stop() {
        cluster.close();
        upstream.close();
    }

    private static String blob(String digest) {
        return "/v2/library/app/blobs/" + digest;
    }

    private static List<String> results(List<CompletableFuture<String>> downloads) {
        return downloads.stream().map(CompletableFuture::join).toList();
    }

    @Test
    void manyClientsOfBothGatewaysCostOneFetchOfEachByte() {
        String digest = upstream.content().putGenerated("library/app", 1, 20 * MIB);
        upstream.next(2, Request.blobs(), Fault.rate(20 * MIB));

        assertThat(results(cluster.digests(40, blob(digest)))).isEqualTo(Collections.nCopies(40, digest));
        assertThat(upstream.log().bytesSent(digest)).isEqualTo(20L * MIB);
    }

    @Test
    void aPullIsALineOfItsGatewayAndTheHopIsOneForWhoDebugs() {
        String digest = upstream.content().putGenerated("library/app", 11, 1000);
        Logger pulls = (Logger) LoggerFactory.getLogger("longshore.pulls");
        Lines lines = new Lines();
        lines.start();
        pulls.addAppender(lines);
        pulls.setLevel(Level.DEBUG);
        try {
            cluster.get(0, blob(digest));

            String line = "GET blob docker.io/library/app@" + digest + " 200 MISS upstream 1000 B in ";
            await().untilAsserted(() -> assertThat(lines.of(Level.INFO))
                    .filteredOn(text -> text.contains(digest))
                    .singleElement()
                    .asString()
                    .startsWith(line));
            await().untilAsserted(() -> assertThat(lines.of(Level.DEBUG)).anyMatch(text -> text.startsWith(line)));
        } finally {
            pulls.setLevel(null);
            pulls.detachAppender(lines);
        }
    }

    @Test
    void anImageIsServedByEveryGatewayWhenTheUpstreamIsGone() {
        Image image = upstream.images().image("library/app", "gone", Images.layer("a", new byte[100_000]));
        HttpResponse<byte[]> manifest = cluster.get(0, "/v2/app/manifests/gone");
        assertThat(manifest.statusCode()).isEqualTo(200);
        assertThat(manifest.headers().firstValue("Age")).isPresent();
        cluster.get(0, blob(image.config()));
        image.layers().forEach(layer -> cluster.get(0, blob(layer)));

        upstream.stop();
        try {
            assertThat(cluster.get(1, "/v2/app/manifests/gone?ns=docker.io").body())
                    .isEqualTo(manifest.body());
            assertThat(cluster.get(1, "/v2/docker.io/library/app/manifests/" + image.digest())
                            .body())
                    .isEqualTo(manifest.body());
            assertThat(results(cluster.digests(2, blob(image.config()))))
                    .isEqualTo(Collections.nCopies(2, image.config()));
            assertThat(cluster.text(1, "/v2/_catalog")).contains("docker.io/library/app");
        } finally {
            upstream.resume();
        }
    }

    @Test
    void whatTheUpstreamDoesNotHaveIsAbsentHereToo() {
        String absent = "sha256:" + "0".repeat(64);

        assertThat(cluster.get(0, blob(absent)).statusCode()).isEqualTo(404);
        assertThat(cluster.text(1, "/v2/app/manifests/absent")).contains("MANIFEST_UNKNOWN");
        assertThat(cluster.text(1, "/v2/app/manifests/1?ns=nowhere.example")).contains("NAME_UNKNOWN");
    }

    @Test
    void wrongBytesAreNeverCompleted() {
        String digest = upstream.content().putGenerated("library/app", 4, 3 * MIB);
        upstream.next(8, Request.blobs(), Fault.flippedBit(MIB));

        assertThat(results(cluster.digests(2, blob(digest))))
                .allSatisfy(got -> assertThat(got).isNotEqualTo(digest).matches("failed: .*|status 502"));
    }

    @Test
    void rangesOfWhatIsThereAndOfWhatIsNotAreRight() {
        String digest = upstream.content().putGenerated("library/app", 5, 40 * MIB);

        HttpResponse<byte[]> cold = cluster.get(0, blob(digest), "Range", "bytes=33554432-33554531");
        assertThat(cold.statusCode()).isEqualTo(206);
        assertThat(cold.headers().firstValue("Content-Range")).hasValue("bytes 33554432-33554531/41943040");
        assertThat(results(cluster.digests(1, blob(digest)))).containsExactly(digest);
        assertThat(cluster.get(1, blob(digest), "Range", "bytes=33554432-33554531")
                        .body())
                .isEqualTo(cold.body());
        assertThat(cluster.get(1, blob(digest), "Range", "bytes=-10").headers().firstValue("Content-Range"))
                .hasValue("bytes 41943030-41943039/41943040");
        assertThat(cluster.get(1, blob(digest), "Range", "bytes=0-1,5-9").statusCode())
                .isEqualTo(206);
    }

    @Test
    void aNodeAnswersSignedHopsOnly() throws Exception {
        for (Member node : cluster.nodes) {
            URI unsigned = URI.create("http://127.0.0.1:" + node.port() + "/v2/app/manifests/1");
            assertThat(cluster.http
                            .send(HttpRequest.newBuilder(unsigned).build(), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(403);
        }
    }

    @Test
    void aNodeThatLeavesTakesNoPullWithIt() {
        Member leaving = cluster.addNode(3);
        String digest = upstream.content().putGenerated("library/app", 6, 60 * MIB);
        upstream.next(4, Request.blobs(), Fault.rate(10 * MIB));

        List<CompletableFuture<String>> downloads = cluster.digests(10, blob(digest));
        cluster.nodes.remove(leaving);
        leaving.drain();

        assertThat(results(downloads)).isEqualTo(Collections.nCopies(10, digest));
        // By two nodes at most, with room for one segment that is asked for again.
        assertThat(upstream.log().bytesSent(digest)).isLessThanOrEqualTo((2L * 60 + 16) * MIB);
    }

    private static final class Lines extends AppenderBase<ILoggingEvent> {

        private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            events.add(event);
        }

        private List<String> of(Level level) {
            return events.stream()
                    .filter(event -> event.getLevel().equals(level))
                    .map(ILoggingEvent::getFormattedMessage)
                    .toList();
        }
    }
}
