package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.longshore.cli.RunningCluster.Member;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.FreePorts;
import dev.longshore.loadtest.Request;
import dev.longshore.loadtest.S3Keys;
import dev.longshore.loadtest.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node leaves: what only that node has, or is about to have. */
final class HandingOverTest {

    private static final int SIZE = 1 << 20;
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String BUCKET =
            "{bucket: images, endpoint: \"%s\", path-style: true, access-key-id: id, secret-access-key: key}";

    @Test
    void whatOnlyTheLeavingNodeHasIsHadFromItAsLongAsItIsThere(@TempDir Path directory) throws IOException {
        S3Keys keys = new S3Keys("id", "key");
        try (FakeRegistry upstream = FakeRegistry.start();
                S3Server s3 = S3Server.start(FreePorts.find(), null, "images", keys);
                RunningCluster cluster =
                        RunningCluster.of(upstream, directory, 2, 1, BUCKET.formatted(s3.url()), "proxy")) {
            s3.stop();
            String digest = upstream.content().putGenerated("library/app", 1, SIZE);
            String path = "/v2/library/app/blobs/" + digest;
            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(cluster.get(0, path).statusCode()).isEqualTo(200));
            // It is published a moment after the last byte is served.
            await().atMost(SOON).until(() -> has(directory, 0, digest) || has(directory, 1, digest));
            int only = has(directory, 0, digest) ? 0 : 1;
            assertThat(has(directory, 1 - only, digest)).isFalse();

            Member leaving = cluster.nodes.remove(only);
            CompletableFuture<Void> drain = CompletableFuture.runAsync(leaving::drain);
            await().atMost(SOON).untilAsserted(() -> {
                assertThat(cluster.get(0, path).body()).hasSize(SIZE);
                assertThat(has(directory, 1 - only, digest)).isTrue();
            });
            assertThat(upstream.log().bytesSent(digest)).isEqualTo(SIZE);
            assertThat(drain).isNotDone();
            s3.resume();
            drain.join();
            assertThat(s3.objects("images")).anyMatch(key -> key.contains(digest.substring("sha256:".length())));
        }
    }

    @Test
    void whatTheLeavingNodeIsFetchingIsNotFetchedBySomebodyElse(@TempDir Path directory) {
        long size = 64 << 20;
        try (FakeRegistry upstream = FakeRegistry.start();
                RunningCluster cluster = RunningCluster.of(upstream, directory, 2, 1)) {
            String digest = upstream.content().putGenerated("library/app", 1, size);
            String path = "/v2/library/app/blobs/" + digest;
            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(cluster.get(0, "/v2/_catalog").statusCode())
                                    .isEqualTo(200));
            upstream.always(Request.blobs(), Fault.rate(2 << 20));
            CompletableFuture<String> first = cluster.digests(1, path).get(0);
            await().atMost(SOON).until(() -> isFetching(directory, 0) || isFetching(directory, 1));

            Member leaving = cluster.nodes.remove(isFetching(directory, 0) ? 0 : 1);
            CompletableFuture<Void> drain = CompletableFuture.runAsync(leaving::drain);
            await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
            assertThat(cluster.digests(1, path).get(0).join()).isEqualTo(digest);
            assertThat(first.join()).isEqualTo(digest);
            drain.join();
            assertThat(upstream.log().bytesSent(digest)).isEqualTo(size);
        }
    }

    private static boolean isFetching(Path directory, int node) {
        String[] fills =
                directory.resolve("node" + node + "/longshore/fills").toFile().list();
        return fills != null && fills.length > 0;
    }

    private static boolean has(Path directory, int node, String digest) {
        String hex = digest.substring("sha256:".length());
        return Files.exists(directory
                .resolve("node" + node)
                .resolve(Path.of("docker/registry/v2/blobs/sha256", hex.substring(0, 2), hex, "data")));
    }
}
