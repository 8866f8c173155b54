package dev.longshore.cluster;

import static dev.longshore.cluster.HopFixture.CLIENT;
import static dev.longshore.cluster.HopFixture.NOW;
import static dev.longshore.cluster.HopFixture.REPOSITORY;
import static dev.longshore.cluster.HopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.blob.Blob;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.BytesBlob;
import dev.longshore.blob.DescribedBlob;
import dev.longshore.blob.RangeRequest;
import dev.longshore.config.Listen;
import dev.longshore.config.Secret;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.FreePorts;
import dev.longshore.loadtest.Request;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Descriptor;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Freshness;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.Origin;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class NodeRegistryTest {

    private static final Buffer INDEX =
            Buffer.buffer("{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.OCI_INDEX + "\",\"manifests\":[]}");
    private static final Digest INDEX_DIGEST = Digest.of(INDEX.getBytes());
    private static final Buffer BYTES = random(3_000_000);
    private static final Digest DIGEST = Digest.of(BYTES.getBytes());
    private static final ByteRange WHOLE = ByteRange.whole(BYTES.length());

    /** As a node stores it: the name that a hop asks for. */
    private static final String STORED = REPOSITORY.storedName();

    private final HopFixture hop = new HopFixture();
    private final FakeRegistry fake = FakeRegistry.start();

    @AfterEach
    void close() {
        hop.close();
        fake.close();
    }

    @Test
    void manifestComesWithWhatTheNodeKnowsOfIt() {
        Freshness freshness = new Freshness(NOW.minusSeconds(50), NOW.plusSeconds(10));
        hop.scripted.manifest = pull -> Future.succeededFuture(
                index(pull.head() ? Optional.empty() : Optional.of(INDEX)).validated(freshness));

        Manifest found = await(hop.node().manifest(HopFixture.manifest("3", false)));
        assertThat(found).isEqualTo(index(Optional.of(INDEX)).validated(freshness));

        Manifest described = await(hop.node().manifest(HopFixture.manifest("3", true)));
        assertThat(described).isEqualTo(index(Optional.empty()).validated(freshness));
        assertThat(hop.scripted.pulls).containsExactly(HopFixture.manifest("3", false), HopFixture.manifest("3", true));
    }

    @Test
    void manifestOfOtherBytesIsAFailureOfTheNode() {
        String other = "sha256:" + "0".repeat(64);
        hop.scripted.manifest = pull -> Future.succeededFuture(index(Optional.of(INDEX)));

        assertNodeFails(hop.node().manifest(HopFixture.manifest(other, false)));
    }

    @Test
    void peerIsKnownAsOne() {
        Caller peer = new Caller("10.9.9.9", true);
        hop.scripted.blob = pull -> Future.succeededFuture(new BytesBlob(DIGEST, BYTES, Origin.DISK));
        BlobPull pull = new BlobPull(peer, REPOSITORY, DIGEST, true, RangeRequest.WHOLE);

        assertThat(await(hop.node().blob(pull)))
                .isEqualTo(new DescribedBlob(DIGEST, OptionalLong.of(BYTES.length()), Origin.DISK));
        assertThat(hop.scripted.pulls).containsExactly(pull);
    }

    @Test
    void blobIsReadWholeAndInParts() {
        hop.scripted.blob = pull -> Future.succeededFuture(new BytesBlob(DIGEST, BYTES, Origin.JOINED));

        Blob blob = await(hop.here(() -> hop.node().blob(HopFixture.blob(DIGEST, RangeRequest.WHOLE))));
        assertThat(blob.size()).hasValue(BYTES.length());
        assertThat(blob.origin()).isEqualTo(Origin.JOINED);
        assertThat(hop.read(blob, WHOLE)).isEqualTo(BYTES);
        assertThat(blob.seekable()).isTrue();
        assertThat(hop.read(blob, new ByteRange(1_000_000, 1_000_010))).isEqualTo(BYTES.slice(1_000_000, 1_000_010));
        hop.run(blob::close);
    }

    @Test
    void rangeIsAskedForAsOne() {
        hop.scripted.blob = pull -> Future.succeededFuture(new BytesBlob(DIGEST, BYTES, Origin.DISK));
        RangeRequest end = RangeRequest.parse("bytes=-5");

        Blob blob = await(hop.here(() -> hop.node().blob(HopFixture.blob(DIGEST, end))));
        assertThat(blob.size()).hasValue(BYTES.length());
        assertThat(hop.read(blob, new ByteRange(BYTES.length() - 5, BYTES.length())))
                .isEqualTo(BYTES.slice(BYTES.length() - 5, BYTES.length()));
        assertThat(hop.scripted.pulls).containsExactly(HopFixture.blob(DIGEST, end));
    }

    @Test
    void rangeOutsideTellsTheSize() {
        hop.scripted.blob = pull -> Future.succeededFuture(new BytesBlob(DIGEST, BYTES, Origin.DISK));

        Blob blob =
                await(hop.here(() -> hop.node().blob(HopFixture.blob(DIGEST, RangeRequest.parse("bytes=9999999-")))));
        assertThat(blob.size()).hasValue(BYTES.length());
    }

    @Test
    void listComesWithItsNextPage() {
        Listing page = new Listing(
                "application/json",
                Buffer.buffer("{\"tags\":[\"a\"]}"),
                Optional.of("last=a%2Fb&n=1"),
                Optional.of("artifactType"),
                Origin.STALE);
        ListingPull pull = new ListingPull.Tags(CLIENT, REPOSITORY, "n=1&last=a%2Fb");
        hop.scripted.listing = asked -> Future.succeededFuture(page);

        assertThat(await(hop.node().listing(pull))).isEqualTo(page);
        assertThat(hop.scripted.pulls).containsExactly(pull);
    }

    @Test
    void everyListIsAskedForAsItWas() {
        List<ListingPull> pulls = List.of(
                new ListingPull.Tags(CLIENT, REPOSITORY, ""),
                new ListingPull.Referrers(CLIENT, REPOSITORY, DIGEST, "artifactType=a%2Fb%2Bjson%3B+x%3D1%26y"),
                new ListingPull.Catalog(CLIENT, new ListingPull.Page(OptionalInt.of(5), Optional.of("é"))));
        hop.scripted.listing = asked -> Future.succeededFuture(
                new Listing("application/json", Buffer.buffer("{}"), Optional.empty(), Optional.empty(), Origin.DISK));

        pulls.forEach(pull -> await(hop.node().listing(pull)));
        assertThat(hop.scripted.pulls).containsExactlyElementsOf(pulls);
    }

    @Test
    void repositoryNamedLikeAnUpstreamStaysWhatItIs() {
        BlobPull pull = new BlobPull(
                CLIENT, new RepositoryName("docker.io", "docker.io/app"), DIGEST, true, RangeRequest.WHOLE);
        hop.scripted.blob = asked -> Future.succeededFuture(new BytesBlob(DIGEST, BYTES, Origin.DISK));

        await(hop.node().blob(pull));
        assertThat(hop.scripted.pulls).containsExactly(pull);
    }

    @Test
    void refusalIsAnAnswer() {
        for (ErrorCode code : List.of(ErrorCode.NAME_UNKNOWN, ErrorCode.DENIED, ErrorCode.UPSTREAM_TIMEOUT)) {
            hop.scripted.manifest = pull -> Future.failedFuture(new RegistryException(code, "said so"));

            assertRefused(hop.node().manifest(HopFixture.manifest("3", false)), code, "said so");
            assertThatThrownBy(() -> await(hop.node().manifest(HopFixture.manifest("3", true))))
                    .isInstanceOfSatisfying(
                            RegistryException.class,
                            e -> assertThat(e.code().status()).isEqualTo(code.status()));
        }
    }

    @Test
    void refusalSaysWhenToAskAgain() {
        hop.scripted.blob = pull -> Future.failedFuture(
                new RegistryException(ErrorCode.TOOMANYREQUESTS, "spent").retryAfter(Duration.ofSeconds(90)));

        assertThatThrownBy(() -> await(hop.node().blob(HopFixture.blob(DIGEST, RangeRequest.WHOLE))))
                .isInstanceOfSatisfying(RegistryException.class, e -> {
                    assertThat(e.retryAfter()).contains(Duration.ofSeconds(90));
                    assertThat(e.retryable()).isTrue();
                });
    }

    @Test
    void nodeThatTakesNoPullsHasFailed() {
        hop.scripted.blob = pull -> Future.failedFuture(new RegistryException(ErrorCode.UNAVAILABLE));

        assertNodeFails(hop.node().blob(HopFixture.blob(DIGEST, RangeRequest.WHOLE)));
    }

    @Test
    void aNodeThatSaysWhereItIsIsNotLookedUp() {
        assertAnswersPing(hop.movedNode());
    }

    @Test
    void nodeThatIsNotThereHasFailed() {
        NodeRegistry gone = hop.at("127.0.0.1:" + FreePorts.find());

        assertNodeFails(gone.manifest(HopFixture.manifest("3", false)));
        assertNodeFails(gone.ping());
    }

    @Test
    void pingIsAnswered() {
        assertAnswersPing(hop.node());
        assertAnswersPing(hop.at(fake.host()));
    }

    /** The first ping may find both ends still busy starting. */
    private static void assertAnswersPing(NodeRegistry node) {
        Awaitility.await().ignoreExceptions().untilAsserted(() -> await(node.ping()));
    }

    @Test
    void whomOneAvoidsIsToldToTheNodeByThoseItKnowsOnly() {
        Node silent = Node.at(Listen.parse("10.0.0.9:5100"));
        hop.asking.failed(silent, new IOException("nothing came"));

        assertAnswersPing(hop.nodeFor(new ClusterKeys(() -> List.of(Secret.of("guessed"))), NOW));
        assertThat(hop.asked.has(silent)).isFalse();

        assertAnswersPing(hop.node());
        assertThat(hop.asked.has(silent)).isTrue();
    }

    @Test
    void silentNodeIsKnownLongBeforeAnAnswerIsGivenUp() {
        fake.always(Request.any(), Fault.hang());
        long asked = System.nanoTime();

        assertNodeFails(hop.at(fake.host()).ping());
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void bodyThatBreaksIsAFailureOfTheNode() {
        for (Fault fault : List.of(Fault.cutAfter(1_000_000), Fault.resetAfter(1_000_000))) {
            Digest digest = fakeBlob();
            fake.heal().always(Request.blobs(), fault);
            Blob blob = await(hop.here(() -> hop.at(fake.host()).blob(HopFixture.blob(digest, RangeRequest.WHOLE))));

            assertNodeFails(hop.pipe(blob, new HopFixture.Sink(), WHOLE));
            hop.run(blob::close);
        }
    }

    @Test
    void readerWhoFailsIsNoFailureOfTheNode() {
        hop.scripted.blob = pull -> Future.succeededFuture(new BytesBlob(DIGEST, BYTES, Origin.DISK));
        Blob blob = await(hop.here(() -> hop.node().blob(HopFixture.blob(DIGEST, RangeRequest.WHOLE))));
        HopFixture.Sink gone = new HopFixture.Sink();
        gone.slow = true;
        Future<Void> piped = hop.pipe(blob, gone, WHOLE);
        Awaitility.await().until(() -> !gone.untaken.isEmpty());

        hop.run(() -> gone.untaken.get(0).fail("the client has gone"));
        assertThatThrownBy(() -> await(piped)).hasMessage("the client has gone");
        hop.run(blob::close);
    }

    @Test
    void slowReaderHoldsTheNodeBack() {
        Digest digest = fakeBlob(64 << 20);
        Blob blob = await(hop.here(() -> hop.at(fake.host()).blob(HopFixture.blob(digest, RangeRequest.WHOLE))));
        HopFixture.Sink slow = new HopFixture.Sink();
        slow.slow = true;
        Future<Void> piped = hop.pipe(blob, slow, ByteRange.whole(64 << 20));

        Awaitility.await().until(() -> slow.bytes.length() > 512 * 1024);
        Awaitility.await().during(Duration.ofMillis(300)).until(() -> slow.bytes.length() <= 1024 * 1024);
        hop.run(slow::takeAll);
        await(piped);
        assertThat(Digest.of(slow.bytes.getBytes())).isEqualTo(digest);
        hop.run(blob::close);
    }

    @Test
    void closedBlobFreesItsConnection() {
        Digest digest = fakeBlob(64 << 20);
        for (int i = 0; i < 3; i++) {
            Blob unread = await(hop.here(() -> hop.at(fake.host()).blob(HopFixture.blob(digest, RangeRequest.WHOLE))));
            hop.run(unread::close);
            Blob begun = await(hop.here(() -> hop.at(fake.host()).blob(HopFixture.blob(digest, RangeRequest.WHOLE))));
            HopFixture.Sink sink = new HopFixture.Sink();
            sink.slow = true;
            Future<Void> piped = hop.pipe(begun, sink, ByteRange.whole(64 << 20));
            Awaitility.await().until(() -> sink.bytes.length() > 0);
            hop.run(begun::close);
            assertThatThrownBy(() -> await(piped)).hasMessageContaining("closed");
        }
        Awaitility.await()
                .untilAsserted(() -> assertThat(fake.log().openConnections()).isZero());
    }

    @Test
    void connectionIsUsedAgain() {
        hop.scripted.blob = pull -> Future.succeededFuture(new BytesBlob(DIGEST, BYTES, Origin.DISK));
        Digest digest = fakeBlob();
        for (int i = 0; i < 20; i++) {
            Blob blob = await(hop.here(() -> hop.at(fake.host()).blob(HopFixture.blob(digest, RangeRequest.WHOLE))));
            hop.read(blob, WHOLE);
            hop.run(blob::close);
        }
        assertThat(fake.log().openConnections()).isEqualTo(1);
    }

    @Test
    void nobodyIsLetInWithoutASignature() {
        HttpClientResponse refused = get("/v2/docker.io/library/alpine/manifests/3?ns=docker.io");

        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(hop.scripted.pulls).isEmpty();
    }

    @Test
    void aHopThatIsRefusedForItsSignatureIsNoAnswerAndSaysWhy() {
        ClusterKeys others = new ClusterKeys(() -> List.of(Secret.of("another key")));

        for (boolean head : List.of(true, false)) {
            assertShutOut(hop.nodeFor(others, NOW), head, "not signed with a key of this cluster");
            assertShutOut(hop.nodeFor(hop.keys, NOW.minusSeconds(400)), head, "are 400 s apart");
            assertShutOut(hop.nodeFor(hop.keys, NOW.plusSeconds(301)), head, "are 301 s apart");
        }
        assertThat(hop.scripted.pulls).isEmpty();
        assertAnswersPing(hop.nodeFor(others, NOW));
    }

    private static void assertShutOut(NodeRegistry node, boolean head, String cause) {
        assertThatThrownBy(() -> await(node.manifest(HopFixture.manifest("3", head))))
                .isInstanceOf(NodeFailure.class)
                .hasMessageContaining("does not let this process in")
                .hasMessageContaining(cause);
        assertThatThrownBy(() -> await(node.blob(HopFixture.blob(DIGEST, RangeRequest.of(1, 2)))))
                .isInstanceOf(NodeFailure.class)
                .hasMessageContaining(cause);
    }

    @Test
    void signedAddressLetsAnybodyInAndTellsNothingMore() {
        hop.scripted.blob = pull -> Future.succeededFuture(new BytesBlob(DIGEST, BYTES, Origin.DISK));
        URI address = new BlobUrls(hop.keys, () -> NOW)
                .sign(
                        URI.create("http://127.0.0.1:" + hop.server.port()),
                        HopFixture.blob(DIGEST, RangeRequest.WHOLE),
                        Duration.ofMinutes(1));

        HttpClientResponse admitted = get(address.getPath() + "?" + address.getQuery());
        assertThat(admitted.statusCode()).isEqualTo(200);
        assertThat(admitted.getHeader("Longshore-Tier")).isNull();
        assertThat(get(address.getPath()).statusCode()).isEqualTo(403);
    }

    private HttpClientResponse get(String uri) {
        HttpClient client = hop.vertx.createHttpClient();
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setHost("127.0.0.1")
                .setPort(hop.server.port())
                .setURI(uri);
        return await(client.request(options)
                .compose(request -> request.send())
                .compose(response -> response.end().map(response)));
    }

    private Digest fakeBlob() {
        return fakeBlob(BYTES.length());
    }

    private Digest fakeBlob(long size) {
        return Digest.parse(fake.content().putGenerated(STORED, 7, size));
    }

    private static Manifest index(Optional<Buffer> content) {
        Descriptor descriptor = new Descriptor(INDEX_DIGEST, MediaTypes.OCI_INDEX, INDEX.length());
        return new Manifest(descriptor, content, Origin.STALE, Optional.empty());
    }

    private static Buffer random(int size) {
        byte[] bytes = new byte[size];
        new Random(1).nextBytes(bytes);
        return Buffer.buffer(bytes);
    }

    private static void assertRefused(Future<?> future, ErrorCode code, String message) {
        assertThatThrownBy(() -> await(future)).isInstanceOfSatisfying(RegistryException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e).hasMessage(message);
        });
    }

    private static void assertNodeFails(Future<?> future) {
        assertThatThrownBy(() -> await(future)).isInstanceOf(NodeFailure.class);
    }
}
