package dev.longshore.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.RangeRequest;
import dev.longshore.cluster.Avoided;
import dev.longshore.cluster.HopClient;
import dev.longshore.cluster.HopSignature;
import dev.longshore.cluster.Membership;
import dev.longshore.cluster.Node;
import dev.longshore.cluster.NodeFailure;
import dev.longshore.cluster.NodeHealth;
import dev.longshore.cluster.NodeRegistry;
import dev.longshore.cluster.Ring;
import dev.longshore.cluster.StaticMembership;
import dev.longshore.cluster.WatchedNode;
import dev.longshore.config.Listen;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes come to grief, and no client is told. */
final class RoutingRegistryTest {

    private static final Caller CLIENT = Caller.client("10.0.0.1");
    private static final RepositoryName APP = new RepositoryName("docker.io", "library/app");

    private final Buffer bytes = random(300_000);
    private final Digest digest = Digest.of(bytes.getBytes());
    private final Vertx vertx = Vertx.vertx();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        Wait.on(vertx.close());
    }

    private static Buffer random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return Buffer.buffer(bytes);
    }

    /** Nodes that the digest belongs to in this very order. */
    private List<TestNode> inOrder(Digest key, int count) {
        List<TestNode> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(TestNode.start());
        }
        open.addAll(nodes);
        List<Node> owners = ring(nodes).owners(key);
        return owners.stream()
                .map(owner -> nodes.stream()
                        .filter(node -> node.node.equals(owner))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    private static Ring ring(List<TestNode> nodes) {
        return Ring.of(nodes.stream().map(node -> node.node).toList());
    }

    private RoutingRegistry routed(Ring ring) {
        return routed(StaticMembership.of(ring.nodes()));
    }

    private RoutingRegistry routed(Membership membership) {
        HopClient client = new HopClient(vertx, new HopSignature(TestNode.KEYS, Clock.systemUTC()), new Avoided());
        NodeHealth health = new NodeHealth(
                () -> membership.ring().nodes(),
                node -> new NodeRegistry(client, node, Clock.systemUTC()).ping(),
                new Avoided());
        return new RoutingRegistry(
                vertx,
                membership,
                node -> new WatchedNode(vertx, new NodeRegistry(client, node, Clock.systemUTC()), health),
                health,
                new GatewayMeters(new SimpleMeterRegistry()));
    }

    private Buffer wrongAt(int position) {
        return bytes.copy().setByte(position, (byte) (bytes.getByte(position) + 1));
    }

    private BlobPull pull(RangeRequest ranges) {
        return new BlobPull(CLIENT, APP, digest, false, ranges);
    }

    /** What a client has read, once it has read to the end. */
    private Buffer read(RoutingRegistry registry, RangeRequest ranges) {
        return Wait.on(inContext(registry, ranges, blob -> {}));
    }

    private Future<Buffer> inContext(RoutingRegistry registry, RangeRequest ranges, Consumer<Blob> before) {
        return vertx.timer(1)
                .compose(now -> registry.blob(pull(ranges)).compose(blob -> {
                    before.accept(blob);
                    Collected all = new Collected(Buffer.buffer());
                    ByteRange range = ranges.resolve(blob.size().orElseThrow()).get(0);
                    return blob.pipeTo(all, range)
                            .onComplete(done -> blob.close())
                            .map(all.bytes);
                }));
    }

    private record Collected(Buffer bytes) implements BodySink {

        @Override
        public Future<Void> write(Buffer more) {
            bytes.appendBuffer(more);
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            return Future.failedFuture("a gateway has no files");
        }
    }

    @Test
    void theOwnerIsAskedAndNobodyElse() {
        List<TestNode> nodes = inOrder(digest, 3);
        nodes.forEach(node -> node.holding(bytes));

        assertThat(read(routed(ring(nodes)), RangeRequest.WHOLE)).isEqualTo(bytes);
        assertThat(nodes).extracting(node -> node.pulls.get()).containsExactly(1, 0, 0);
    }

    @Test
    void aNodeThatBreaksOffIsContinuedByTheNextAtTheNextByte() {
        List<TestNode> nodes = inOrder(digest, 3);
        nodes.get(0).holding(bytes).breaksAfter(100_000);
        nodes.get(1).holding(bytes).breaksAfter(200_000);
        nodes.get(2).holding(bytes);

        assertThat(read(routed(ring(nodes)), RangeRequest.WHOLE)).isEqualTo(bytes);
        assertThat(nodes).extracting(node -> node.pulls.get()).containsExactly(1, 1, 1);
    }

    @Test
    void aNodeThatIsGoneIsPassedOverAndThenAvoided() {
        List<TestNode> nodes = inOrder(digest, 3);
        nodes.forEach(node -> node.holding(bytes));
        RoutingRegistry registry = routed(ring(nodes));
        nodes.get(0).close();

        assertThat(read(registry, RangeRequest.WHOLE)).isEqualTo(bytes);
        assertThat(read(registry, RangeRequest.of(10, 20))).isEqualTo(bytes.slice(10, 20));
        assertThat(nodes).extracting(node -> node.pulls.get()).containsExactly(0, 2, 0);
    }

    @Test
    void nodesThatAcceptAndSayNothingAreLeftTogether() throws IOException {
        TestNode other = TestNode.start();
        open.add(other);
        Ring ring = Ring.of(List.of(silent(), silent(), other.node, silent(), silent()));
        Buffer last = lastFor(other.node, ring);
        other.holding(last);
        BlobPull pull = new BlobPull(CLIENT, APP, Digest.of(last.getBytes()), false, RangeRequest.WHOLE);

        long begun = System.nanoTime();
        Blob blob = Wait.on(vertx.timer(1).compose(now -> routed(ring).blob(pull)));
        // One after the other they would take more than 13 s.
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        blob.close();
        assertThat(other.pulls).hasValue(1);
    }

    /** A node that lets everybody in, and does no more. */
    private Node silent() throws IOException {
        ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        open.add(silent);
        return Node.at(new Listen("127.0.0.1", silent.getLocalPort()));
    }

    /** What {@code node} is asked for last. */
    private static Buffer lastFor(Node node, Ring ring) {
        for (int size = 1; true; size++) {
            Buffer bytes = random(size);
            List<Node> owners = ring.owners(Digest.of(bytes.getBytes()));
            if (owners.get(owners.size() - 1).equals(node)) {
                return bytes;
            }
        }
    }

    @Test
    void whatNobodyHasVerifiedIsCompletedByNobodyWhenItIsWrong() {
        List<TestNode> nodes = inOrder(digest, 2);
        nodes.get(0).holding(digest, wrongAt(5)).filling().breaksAfter(150_000);
        nodes.get(1).holding(bytes);

        assertThatThrownBy(() -> read(routed(ring(nodes)), RangeRequest.WHOLE))
                .hasMessageContaining("not those of the digest");
    }

    @Test
    void whatIsStillBeingFilledIsContinuedTooWhenItIsRight() {
        List<TestNode> nodes = inOrder(digest, 2);
        nodes.get(0).holding(bytes).filling().breaksAfter(150_000);
        nodes.get(1).holding(bytes).filling();

        assertThat(read(routed(ring(nodes)), RangeRequest.WHOLE)).isEqualTo(bytes);
    }

    @Test
    void whoWasSentNoWrongByteCompletesThoughItsNodeHadOthers() {
        List<TestNode> nodes = inOrder(digest, 2);
        nodes.get(0).holding(digest, wrongAt(200_000)).filling().diesAfter(150_000);
        nodes.get(1).holding(bytes).filling();

        assertThat(read(routed(ring(nodes)), RangeRequest.WHOLE)).isEqualTo(bytes);
    }

    @Test
    void anInnerRangeOfAFillGoesOnAtTheNextByte() {
        List<TestNode> nodes = inOrder(digest, 2);
        nodes.get(0).holding(bytes).filling().diesAfter(100_000);
        nodes.get(1).holding(bytes).filling();

        assertThat(read(routed(ring(nodes)), RangeRequest.of(10_000, 250_000))).isEqualTo(bytes.slice(10_000, 250_000));
        assertThat(nodes.get(1).sent).hasValueLessThan(250_000);
    }

    @Test
    void aRangeOfAFillThatReachesTheEndGoesOnWhenTheNextNodeHasTheSame() {
        List<TestNode> nodes = inOrder(digest, 3);
        nodes.get(0).holding(bytes).filling().diesAfter(100_000);
        nodes.get(1).holding(bytes).filling().diesAfter(200_000);
        nodes.get(2).holding(bytes).filling();

        assertThat(read(routed(ring(nodes)), RangeRequest.from(10_000))).isEqualTo(bytes.slice(10_000, bytes.length()));
        assertThat(nodes).extracting(node -> node.pulls.get()).containsExactly(1, 1, 1);
    }

    @Test
    void aRangeOfAFillThatReachesTheEndIsCutOffWhenTheNextNodeHasOtherBytes() {
        List<TestNode> nodes = inOrder(digest, 2);
        nodes.get(0).holding(digest, wrongAt(50_000)).filling().diesAfter(100_000);
        nodes.get(1).holding(bytes);

        assertThatThrownBy(() -> read(routed(ring(nodes)), RangeRequest.from(10_000)))
                .hasMessageContaining("not what the next node has");
    }

    @Test
    void wrongBytesBetweenTwoVerifiedNodesAreNotCompleted() {
        List<TestNode> nodes = inOrder(digest, 3);
        nodes.get(0).holding(bytes).breaksAfter(100_000);
        nodes.get(1).holding(digest, wrongAt(150_000)).filling().diesAfter(200_000);
        nodes.get(2).holding(bytes);

        assertThatThrownBy(() -> read(routed(ring(nodes)), RangeRequest.WHOLE))
                .hasMessageContaining("not what the next node has");
    }

    @Test
    void aFillThatNodesBreakOffWhileTheyLiveIsAskedOfOneOther() {
        List<TestNode> nodes = inOrder(digest, 4);
        for (int i = 0; i < nodes.size(); i++) {
            nodes.get(i).holding(bytes).filling().breaksAfter((i + 1) * 60_000);
        }

        assertThatThrownBy(() -> read(routed(ring(nodes)), RangeRequest.WHOLE)).isInstanceOf(NodeFailure.class);
        assertThat(nodes).extracting(node -> node.pulls.get()).containsExactly(1, 1, 0, 0);
    }

    @Test
    void aFillThatANodeBreaksOffAsItLeavesIsAskedOfTheOthersAsIfItHadNotBeen() {
        List<TestNode> nodes = inOrder(digest, 3);
        nodes.get(0).holding(bytes).filling().breaksAfter(60_000);
        nodes.get(1).holding(bytes).filling().breaksAfter(120_000);
        nodes.get(2).holding(bytes).filling();
        ChangingMembership membership = new ChangingMembership(ring(nodes));
        Future<Buffer> read =
                inContext(routed(membership), RangeRequest.WHOLE, blob -> membership.ring = ring(nodes.subList(1, 3)));

        assertThat(Wait.on(read)).isEqualTo(bytes);
    }

    private static final class ChangingMembership implements Membership {

        private volatile Ring ring;

        ChangingMembership(Ring ring) {
            this.ring = ring;
        }

        @Override
        public Ring ring() {
            return ring;
        }

        @Override
        public boolean connected() {
            return true;
        }

        @Override
        public Future<Void> leave() {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }

    @Test
    void aFillGoesOnWhenOneNodeIsLostAfterAnother() {
        List<TestNode> nodes = inOrder(digest, 4);
        nodes.get(0).holding(bytes).filling().diesAfter(50_000);
        nodes.get(1).holding(bytes).filling().diesAfter(100_000);
        nodes.get(2).holding(bytes).filling().breaksAfter(150_000);
        nodes.get(3).holding(bytes).filling();

        assertThat(read(routed(ring(nodes)), RangeRequest.WHOLE)).isEqualTo(bytes);
    }

    @Test
    void aNodeThatDoesNotLetTheGatewayInIsPassedOver() {
        List<TestNode> nodes = inOrder(digest, 2);
        nodes.get(0).ofAnotherCluster();
        nodes.get(1).holding(bytes);

        assertThat(read(routed(ring(nodes)), RangeRequest.WHOLE)).isEqualTo(bytes);
    }

    @Test
    void whenNoNodeLetsTheGatewayInClientsAreToldToComeAgainAndNotThatTheyAreRefused() {
        List<TestNode> nodes = inOrder(digest, 2);
        nodes.forEach(node -> node.holding(bytes).ofAnotherCluster());

        assertThatThrownBy(() -> read(routed(ring(nodes)), RangeRequest.WHOLE))
                .isInstanceOfSatisfying(
                        RegistryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    @Test
    void anAnswerIsAnAnswerAndTheNextNodeIsNotAsked() {
        List<TestNode> nodes = inOrder(digest, 2);
        nodes.get(1).holding(bytes);
        RoutingRegistry registry = routed(ring(nodes));

        assertThatThrownBy(() -> read(registry, RangeRequest.WHOLE))
                .isInstanceOfSatisfying(
                        RegistryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BLOB_UNKNOWN));
        assertThat(nodes.get(1).pulls).hasValue(0);
    }

    @Test
    void aNodeWhoseUpstreamIsBusyHasAnswered() {
        List<TestNode> nodes = inOrder(digest, 2);
        nodes.get(0).refusing(ErrorCode.UPSTREAM_BUSY);
        nodes.get(1).holding(bytes);
        RoutingRegistry registry = routed(ring(nodes));

        assertThatThrownBy(() -> read(registry, RangeRequest.WHOLE))
                .isInstanceOfSatisfying(
                        RegistryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_BUSY));
        assertThat(nodes.get(1).pulls).hasValue(0);
    }

    @Test
    void aNodeThatTakesNoPullIsPassedOverAndNotAvoided() {
        List<TestNode> nodes = inOrder(digest, 2);
        nodes.get(0).refusing(ErrorCode.UNAVAILABLE);
        nodes.get(1).holding(bytes);
        RoutingRegistry registry = routed(ring(nodes));

        assertThat(read(registry, RangeRequest.WHOLE)).isEqualTo(bytes);
        assertThat(read(registry, RangeRequest.WHOLE)).isEqualTo(bytes);
        assertThat(nodes.get(0).pulls).as("asked first each time").hasValue(2);
    }

    @Test
    void aRefusalKeepsItsTime() {
        List<TestNode> nodes = inOrder(digest, 1);

        assertThatThrownBy(() -> Wait.on(routed(ring(nodes)).manifest(new ManifestPull(CLIENT, APP, digest, false))))
                .isInstanceOfSatisfying(RegistryException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.TOOMANYREQUESTS);
                    assertThat(e.retryAfter())
                            .hasValueSatisfying(wait -> assertThat(wait).hasSeconds(7));
                });
    }

    @Test
    void withoutANodeClientsAreToldToComeAgain() {
        assertThatThrownBy(() -> read(routed(Ring.EMPTY), RangeRequest.WHOLE))
                .isInstanceOfSatisfying(RegistryException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
                    assertThat(e.retryAfter()).isPresent();
                });
    }

    @Test
    void whatManyWantIsSpreadOverTheNodes() {
        List<TestNode> nodes = inOrder(digest, 3);
        nodes.forEach(node -> node.holding(bytes).stallsAfter(50_000));
        RoutingRegistry registry = routed(ring(nodes));
        Wait.on(vertx.timer(1).compose(now -> registry.blob(pull(RangeRequest.WHOLE))))
                .close();
        for (int i = 0; i < 60; i++) {
            Wait.on(vertx.timer(1).compose(now -> registry.blob(pull(RangeRequest.WHOLE))));
        }

        assertThat(nodes).allSatisfy(node -> assertThat(node.pulls.get()).isLessThanOrEqualTo(25));
    }

    @Test
    void theCatalogIsThatOfAllNodes() {
        List<TestNode> nodes = inOrder(digest, 3);
        ListingPull two = new ListingPull.Catalog(CLIENT, TestNode.firstPage(2));
        ListingPull ten = new ListingPull.Catalog(CLIENT, TestNode.firstPage(10));
        RoutingRegistry registry = routed(ring(nodes));

        assertThat(Wait.on(registry.listing(ten)).json().toJsonObject().getJsonArray("repositories"))
                .hasSize(3);
        assertThat(Wait.on(registry.listing(two)).next())
                .hasValueSatisfying(next -> assertThat(next).startsWith("last=docker.io%2Flibrary%2Fapp"));
    }

    @Test
    void aPageOfTheCatalogEndsBeforeThatOfANodeDoes() {
        List<String> many = IntStream.range(100, 250)
                .mapToObj(i -> "docker.io/library/a" + i)
                .toList();
        List<TestNode> nodes = inOrder(digest, 3);
        nodes.get(0).listing(many);
        nodes.get(1).listing(List.of("docker.io/library/z"));
        RoutingRegistry registry = routed(ring(nodes));

        List<String> told = new ArrayList<>();
        Optional<String> last = Optional.empty();
        do {
            ListingPull page = new ListingPull.Catalog(CLIENT, new ListingPull.Page(OptionalInt.empty(), last));
            JsonArray names =
                    Wait.on(registry.listing(page)).json().toJsonObject().getJsonArray("repositories");
            names.forEach(name -> told.add((String) name));
            last = names.isEmpty() ? Optional.empty() : Optional.of(told.get(told.size() - 1));
        } while (last.isPresent());
        assertThat(told)
                .containsAll(many)
                .contains("docker.io/library/z")
                .hasSize(154)
                .isSorted();
    }
}
