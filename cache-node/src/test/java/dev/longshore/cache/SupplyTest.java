package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BlobStore;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.BytesBlob;
import dev.longshore.blob.MemoryBlobStore;
import dev.longshore.blob.WrappedBlob;
import dev.longshore.cache.TestCache.Pulled;
import dev.longshore.cluster.FillLeases;
import dev.longshore.cluster.Node;
import dev.longshore.config.Listen;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Request;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Origin;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which sources a fill has, and in which order. */
final class SupplyTest {

    private static final int MIB = 1024 * 1024;

    @TempDir
    private Path directory;

    private final FakeRegistry upstream = FakeRegistry.start();
    private final Vertx vertx = Vertx.vertx();
    private final Map<Digest, Node> holders = new ConcurrentHashMap<>();
    private final Map<Node, TestCache> caches = new HashMap<>();
    private final Node a = Node.at(new Listen("a", 1));
    private final Node b = Node.at(new Listen("b", 1));
    private boolean leasesWork = true;

    @AfterEach
    void stop() throws Exception {
        caches.values().forEach(TestCache::close);
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        upstream.close();
    }

    private TestCache open(Node node, Optional<Bucket> bucket) throws IOException {
        List<Node> others = List.of(node.equals(a) ? b : a);
        Tiers tiers = new Tiers(bucket, leases(node), digest -> others, other -> cache(other).registry);
        TestCache cache =
                TestCache.with(vertx, upstream, directory.resolve(node.address().host()), tiers);
        caches.put(node, cache);
        return cache;
    }

    private TestCache cache(Node node) {
        return Objects.requireNonNull(caches.get(node));
    }

    private FillLeases leases(Node self) {
        return new FillLeases() {
            @Override
            public Future<Optional<Node>> take(Digest digest) {
                Node holder = leasesWork ? holders.putIfAbsent(digest, self) : null;
                return Future.succeededFuture(Optional.ofNullable(holder).filter(other -> !other.equals(self)));
            }

            @Override
            public void release(Digest digest) {
                holders.remove(digest, self);
            }
        };
    }

    private String generated() {
        return upstream.content().putGenerated(TestCache.APP, 1, 40 * MIB);
    }

    @Test
    void whoFindsThatAnotherIsFetchingFollowsIt() throws IOException {
        String digest = generated();
        upstream.always(Request.blobs(), Fault.rate(40 * MIB));
        TestCache one = open(a, Optional.empty());
        TestCache other = open(b, Optional.empty());
        CompletableFuture<Pulled> first = CompletableFuture.supplyAsync(() -> one.blob(digest));
        CompletableFuture<Pulled> second = CompletableFuture.supplyAsync(() -> other.blob(digest));
        assertThat(List.of(first.join().digest(), second.join().digest())).allMatch(Digest.parse(digest)::equals);
        assertThat(List.of(first.join().origin(), second.join().origin()))
                .containsExactlyInAnyOrder(Origin.UPSTREAM, Origin.PEER);
        assertThat(upstream.log().bytesSent(digest)).isEqualTo(40 * MIB);
        await().untilAsserted(() -> assertThat(holders).isEmpty());
    }

    @Test
    void nodesWithoutLeasesDoNotWaitForEachOther() throws IOException {
        leasesWork = false;
        String digest = generated();
        TestCache one = open(a, Optional.empty());
        TestCache other = open(b, Optional.empty());
        CompletableFuture<Pulled> first = CompletableFuture.supplyAsync(() -> one.blob(digest));
        CompletableFuture<Pulled> second = CompletableFuture.supplyAsync(() -> other.blob(digest));
        assertThat(first.join().digest()).hasToString(digest);
        assertThat(second.join().digest()).hasToString(digest);
    }

    @Test
    void whatAnotherNodeHasIsNotFetchedFromTheUpstream() throws IOException {
        String digest = generated();
        TestCache one = open(a, Optional.empty());
        TestCache other = open(b, Optional.empty());
        one.blob(digest);
        upstream.log().clear();
        assertThat(other.blob(digest)).isEqualTo(new Pulled(Digest.parse(digest), Origin.PEER));
        assertThat(upstream.log().count(Request.blobBytes())).isZero();
        assertThat(upstream.log().count(Request.blobs()))
                .as("a HEAD, since the repository may not have it")
                .isEqualTo(1);
    }

    @Test
    void aNodeThatAsksIsToldWhatIsHereAndNobodyElseIsAsked() throws IOException {
        String here = generated();
        String elsewhere = upstream.content().putGenerated(TestCache.APP, 2, 1000);
        TestCache one = open(a, Optional.of(new Bucket("none", new Unasked(), TestLinks.NONE)));
        open(b, Optional.empty());
        Caller peer = new Caller("127.0.0.1", true);
        assertThatThrownBy(() -> one.blob(elsewhere, peer)).hasStackTraceContaining("blob unknown");
        assertThat(upstream.log().all()).isEmpty();
        one.close();
        TestCache again = open(a, Optional.empty());
        again.blob(here);
        assertThat(again.blob(here, peer).origin()).isEqualTo(Origin.DISK);
    }

    @Test
    void aSourceThatBreaksYieldsToTheNextOneAtTheMissingByte() throws IOException {
        byte[] bytes = new byte[20 * MIB];
        new Random(1).nextBytes(bytes);
        String digest = upstream.content().putBlob(TestCache.APP, bytes);
        Blob whole = new BytesBlob(Digest.of(bytes), Buffer.buffer(bytes), Origin.MEMORY);
        open(b, Optional.empty());
        TestCache one = open(
                a,
                Optional.of(new Bucket(
                        "broken", new Breaking(whole, new IllegalStateException("broken for good")), TestLinks.NONE)));
        assertThat(one.blob(digest)).isEqualTo(new Pulled(Digest.parse(digest), Origin.S3));
        assertThat(upstream.log().bytesSent(digest)).isEqualTo(19 * MIB);
    }

    @Test
    void aSourceThatWantsToBeLeftAloneYieldsAtOnce() throws IOException {
        byte[] bytes = new byte[20 * MIB];
        new Random(1).nextBytes(bytes);
        String digest = upstream.content().putBlob(TestCache.APP, bytes);
        Blob whole = new BytesBlob(Digest.of(bytes), Buffer.buffer(bytes), Origin.MEMORY);
        Throwable busy =
                RegistryException.passing(ErrorCode.UNAVAILABLE, "busy", null).retryAfter(Duration.ofHours(1));
        open(b, Optional.empty());
        TestCache one = open(a, Optional.of(new Bucket("busy", new Breaking(whole, busy), TestLinks.NONE)));
        assertThat(one.blob(digest)).isEqualTo(new Pulled(Digest.parse(digest), Origin.S3));
        assertThat(upstream.log().bytesSent(digest)).isEqualTo(19 * MIB);
    }

    @Test
    void aRepositoryWithoutTheBlobIsNotGivenWhatTheBucketHas() throws IOException {
        byte[] secret = {1, 2, 3};
        BlobStore store = new MemoryBlobStore(vertx);
        store.write(new BytesBlob(Digest.of(secret), Buffer.buffer(secret), Origin.MEMORY));
        open(b, Optional.empty());
        TestCache one = open(a, Optional.of(new Bucket("private", store, TestLinks.NONE)));
        String digest = Digest.of(secret).toString();
        assertThatThrownBy(() -> one.blob(digest)).hasStackTraceContaining("answered 404");
        assertThatThrownBy(() -> one.head(digest)).hasStackTraceContaining("answered 404");
    }

    /** A store that nobody may ask. */
    private static class Unasked implements BlobStore {

        @Override
        public Future<OptionalLong> size(Digest digest) {
            throw new AssertionError("asked for " + digest);
        }

        @Override
        public Future<Optional<Blob>> open(Digest digest) {
            throw new AssertionError("asked for " + digest);
        }

        @Override
        public Future<Void> write(Blob blob) {
            return Future.failedFuture("away");
        }

        @Override
        public Future<Void> delete(Digest digest) {
            return Future.failedFuture("away");
        }
    }

    /** A store whose one blob breaks after its first MiB. */
    private static final class Breaking extends Unasked {

        private final Blob blob;
        private final Throwable cause;

        Breaking(Blob blob, Throwable cause) {
            this.blob = blob;
            this.cause = cause;
        }

        @Override
        public Future<Optional<Blob>> open(Digest asked) {
            return Future.succeededFuture(Optional.of(new Broken(blob, cause)));
        }
    }

    private record Broken(Blob source, Throwable cause) implements WrappedBlob {

        @Override
        public Future<Void> pipeTo(BodySink sink, ByteRange range) {
            long end = Math.min(range.end(), MIB);
            return range.start() >= end
                    ? Future.failedFuture(cause)
                    : source.pipeTo(sink, new ByteRange(range.start(), end))
                            .compose(some -> Future.failedFuture(cause));
        }
    }
}
