package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.longshore.cli.RunningCluster.Member;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Images.Image;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** An operator's commands, given to one process of a cluster, and what they do to all of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AdminClusterTest {

    private final FakeRegistry upstream = FakeRegistry.start();
    private Path directory;
    private RunningCluster cluster;

    @BeforeAll
    void start(@TempDir Path directory) {
        this.directory = directory;
        cluster = RunningCluster.of(upstream, directory, 3, 2);
        awaitNodes(3);
    }

    private void awaitNodes(int count) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(cluster.gateways)
                        .allSatisfy(gateway -> assertThat(status(gateway).getJsonArray("nodes"))
                                .hasSize(count)));
    }

    @AfterAll
    void stop() {
        cluster.close();
        upstream.close();
    }

    private static Commands run(Member process, String command, String... arguments) {
        return Commands.run(process.opsPort(), command, arguments);
    }

    private static JsonObject status(Member process) {
        return new JsonObject(run(process, "status", "--json").out());
    }

    private Image image(String repository, String tag, String content) {
        byte[] layer = Images.layer(content, content.repeat(10_000).getBytes(StandardCharsets.UTF_8));
        return upstream.images().image(repository, tag, layer);
    }

    @Test
    void twentyImagesAreSpreadOverTheNodesAndNothingIsFetchedASecondTime() {
        String[] names = IntStream.range(0, 20)
                .mapToObj(number -> "team/warm" + number + ":1")
                .toArray(String[]::new);
        for (int i = 0; i < names.length; i++) {
            image("team/warm" + i, "1", "warm" + i);
        }

        Commands first = run(cluster.gateways.get(0), "warm", names);
        int requests = upstream.log().count(request -> request.repository().startsWith("team/warm"));
        Commands second = run(cluster.gateways.get(1), "warm", names);

        assertThat(first.exitCode()).as(first.toString()).isZero();
        assertThat(second.exitCode()).as(second.toString()).isZero();
        assertThat(upstream.log().matching(request -> request.repository().startsWith("team/warm")).stream()
                        .skip(requests)
                        .map(exchange -> exchange.request())
                        .filter(request -> !request.isHead()))
                .isEmpty();
        assertThat(IntStream.range(0, 3).mapToObj(node -> Expect.files(directory.resolve("node" + node + "/docker"))))
                .allSatisfy(files -> assertThat(files).anyMatch(file -> file.endsWith("data")));
    }

    @Test
    void aTagThatWasPurgedThroughOneGatewayIsGoneFromAllWithinASecond() {
        // What is fetched anew may take its time once, and not each time.
        assertThat(List.of("moved0", "moved1", "moved2"))
                .extracting(this::untilATagThatWasPurgedIsGone)
                .anySatisfy(took -> assertThat(took).isLessThan(Duration.ofSeconds(1)));
    }

    private Duration untilATagThatWasPurgedIsGone(String name) {
        String path = "/v2/" + name + "/manifests/1";
        Image before = image("library/" + name, "1", "before");
        assertThat(digests(path)).containsOnly(before.digest());
        Image after = image("library/" + name, "1", "after");
        assertThat(digests(path)).containsOnly(before.digest());

        Commands purge = run(cluster.gateways.get(0), "purge", name + ":1");

        long begin = System.nanoTime();
        await().pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> assertThat(digests(path)).containsOnly(after.digest()));
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        assertThat(purge.lines()).containsExactly("docker.io/library/" + name + ":1", "1 removed");
        assertThat(purge.exitCode()).as(purge.toString()).isZero();
        return took;
    }

    private List<String> digests(String path) {
        return IntStream.range(0, cluster.gateways.size())
                .mapToObj(gateway -> cluster.get(gateway, path))
                .map(answer ->
                        answer.headers().firstValue("Docker-Content-Digest").orElse("none"))
                .toList();
    }

    @Test
    void aNodePurgesForAllTheOthersToo() {
        Image image = image("library/gone", "1", "gone");
        String layer = image.layers().get(0);
        run(cluster.gateways.get(0), "warm", "gone:1");

        Commands dry = run(cluster.nodes.get(2), "purge", "--dry-run", "gone");
        Commands purge = run(cluster.nodes.get(2), "purge", "gone", layer);

        assertThat(dry.lines()).hasSize(5).contains("docker.io/library/gone:1", "4 would be removed");
        assertThat(purge.lines()).contains(layer, "docker.io/library/gone@" + layer);
        assertThat(Expect.files(directory).stream().map(Path::toString))
                .noneMatch(file -> file.contains("library/gone/") || file.contains(layer.substring(7)));
        assertThat(run(cluster.nodes.get(2), "warm", "gone:1").err()).contains("ask a gateway");
    }

    @Test
    void whoWasAwayHearsOfThePurgeWhenItIsBack() {
        IntStream.range(0, 20).forEach(number -> image("late/app" + number, "1", "late" + number));
        Path kept = directory.resolve("node3/docker");
        Member leaving = cluster.addNode(3);
        awaitNodes(4);
        IntStream.range(0, 20).forEach(number -> cluster.get(0, "/v2/late/app" + number + "/manifests/1"));
        cluster.nodes.remove(leaving);
        leaving.drain();
        awaitNodes(3);
        assertThat(Expect.files(kept)).anyMatch(file -> file.toString().contains("/late/"));

        assertThat(run(cluster.gateways.get(0), "purge", "late/**").exitCode()).isZero();
        Member back = cluster.addNode(3);

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(Expect.files(kept))
                        .noneMatch(file -> file.toString().contains("/late/")));
        cluster.nodes.remove(back);
        back.drain();
        awaitNodes(3);
    }

    @Test
    void whoIsMeantToBeThereAndIsAwayIsNamedByAPurge() {
        cluster.nodes.remove(2).drain();

        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            Commands purge = run(cluster.gateways.get(0), "purge", "nothing:1");
            assertThat(purge.err()).contains("not everywhere: " + cluster.hazelcast(2) + " is not in the cluster");
            assertThat(purge.exitCode()).isEqualTo(1);
        });

        cluster.addNode(2);
        awaitNodes(3);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(cluster.gateways)
                        .allSatisfy(gateway -> assertThat(
                                        run(gateway, "purge", "nothing:1").exitCode())
                                .isZero()));
    }

    @Test
    void statusShowsEachNodeItsShareAndWhatAllOfThemSave() {
        String blob = upstream.content().putGenerated("library/counted", 7, 50_000);
        for (int pull = 0; pull < 3; pull++) {
            cluster.get(pull % 2, "/v2/counted/blobs/" + blob);
        }

        await().untilAsserted(() -> assertThat(
                        status(cluster.gateways.get(1)).getJsonObject("total").getLong("savedBytes"))
                .isGreaterThanOrEqualTo(2 * 50_000));
        JsonObject status = status(cluster.gateways.get(1));
        assertThat(status.getJsonArray("nodes"))
                .allSatisfy(node ->
                        assertThat(((JsonObject) node).getDouble("share")).isBetween(0.33, 0.34));
        assertThat(run(cluster.gateways.get(1), "status").out())
                .contains("gateway", "NODE", "SHARE", "33.3%", "total", "UPSTREAM", "docker.io");
        assertThat(status(cluster.nodes.get(0)).getJsonArray("nodes")).hasSize(3);
    }

    @Test
    void whoHasNotSignedGetsNothingDoneByANode() {
        int port = cluster.nodes.get(0).port();

        assertThat(RawHttp.get(port, "/admin/figures", "").status()).isEqualTo(403);
        assertThat(RawHttp.get(cluster.gateways.get(0).port(), "/admin/status", "")
                        .status())
                .isBetween(400, 404);
    }
}
