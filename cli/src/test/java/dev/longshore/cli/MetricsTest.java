package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus reads, after a workload that is known. */
final class MetricsTest {

    private static final int SIZE = 100_000;

    private final FakeRegistry upstream = FakeRegistry.start();

    @TempDir
    private Path directory;

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

    @Test
    void pullsAreCountedEachByWhatItWasAndWhereItsBytesCameFrom() {
        String blob = "/v2/app/blobs/" + upstream.content().putGenerated("library/app", 1, SIZE);
        for (int pull = 0; pull < 4; pull++) {
            assertThat(mirror.get(blob).body()).hasSize(SIZE);
        }
        mirror.get(blob, "Range", "bytes=0-99");
        mirror.head(blob);
        mirror.get("/v2/app/manifests/none");
        mirror.send("PUT", "/v2/app/manifests/none");
        mirror.get("/v2/");

        await().untilAsserted(() -> assertThat(metrics())
                .contains(
                        requests("blob", "GET", 200) + "4.0",
                        requests("blob", "GET", 206) + "1.0",
                        requests("blob", "HEAD", 200) + "1.0",
                        requests("manifest", "GET", 404) + "1.0",
                        requests("other", "other", 405) + "1.0",
                        requests("ping", "GET", 200) + "1.0",
                        "longshore_served_bytes_total{kind=\"blob\",source=\"upstream\"} " + (double) SIZE,
                        "longshore_request_seconds_count{kind=\"blob\",source=\"upstream\"} 1",
                        "longshore_first_byte_seconds_count{kind=\"blob\",source=\"upstream\"} 1"));
        assertThat(sum("longshore_served_bytes_total{kind=\"blob\"")).isEqualTo(4.0 * SIZE + 100);
        assertThat(sum("longshore_request_seconds_count{kind=\"blob\"")).isEqualTo(6);
    }

    @Test
    void whatTheUpstreamGaveAndTheDiskKeepsIsCounted() {
        mirror.get("/v2/app/blobs/" + upstream.content().putGenerated("library/app", 1, SIZE));

        await().untilAsserted(() -> assertThat(metrics())
                .contains(
                        "longshore_upstream_requests_total{code=\"206\",kind=\"blob\",upstream=\"docker.io\"} 1.0",
                        "longshore_upstream_bytes_total{upstream=\"docker.io\"} " + (double) SIZE,
                        "longshore_upstream_ratelimit_remaining{upstream=\"docker.io\"} NaN",
                        "longshore_fills_inflight 0.0",
                        "longshore_fill_joins_total 0.0",
                        "longshore_disk_capacity_bytes " + (double) (10L << 30),
                        "longshore_disk_evictions_total 0.0",
                        "longshore_s3_pending_uploads 0.0"));
        assertThat(sum("longshore_disk_used_bytes")).isBetween((double) SIZE, SIZE + 4096.0);
    }

    @Test
    void aFillThatFailsIsCountedByItsReasonAndOneThatIsSharedByWhoJoined() {
        String wrong = upstream.content().putGenerated("library/app", 1, SIZE);
        upstream.next(1, Request.blobs(), Fault.flippedBit(0));
        mirror.download("/v2/app/blobs/" + wrong);
        String shared = upstream.content().putGenerated("library/app", 2, SIZE);
        upstream.next(1, Request.blobs(), Fault.delay(Duration.ofSeconds(1)));
        mirror.digests(5, "/v2/app/blobs/" + shared);

        await().untilAsserted(() -> assertThat(metrics())
                .contains(
                        "longshore_fill_failures_total{reason=\"upstream_unavailable\"} 1.0",
                        "longshore_fill_joins_total 4.0"));
    }

    @Test
    void theProcessDescribesItself() {
        assertThat(metrics())
                .anyMatch(line -> line.startsWith("jvm_memory_used_bytes{"))
                .anyMatch(line -> line.startsWith("process_files_open_files "))
                .contains("longshore_info{role=\"standalone\",version=\"" + Version.text() + "\"} 1");
    }

    private static String requests(String kind, String method, int code) {
        return "longshore_requests_total{code=\"%d\",kind=\"%s\",method=\"%s\",role=\"standalone\"} "
                .formatted(code, kind, method);
    }

    private double sum(String series) {
        return metrics().stream()
                .filter(line -> line.startsWith(series))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    private List<String> metrics() {
        return mirror.ops("/metrics").lines().toList();
    }
}
