package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.BytesSink;
import dev.longshore.blob.RangeRequest;
import dev.longshore.config.DataSize;
import dev.longshore.config.S3Settings.Retention;
import dev.longshore.config.StorageSettings;
import dev.longshore.config.Timeouts;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Reference;
import dev.longshore.oci.RepositoryName;
import dev.longshore.s3.S3Bucket;
import dev.longshore.upstream.ProxyEnvironment;
import dev.longshore.upstream.Upstreams;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A node's cache before a fake upstream, and who pulls from it. Confined to a test. */
final class TestCache implements AutoCloseable {

    static final String APP = "org/app";
    private static final String NAME = "fake.test";
    static final Duration TTL = Duration.ofMillis(500);
    static final RepositoryName REPOSITORY = new RepositoryName(NAME, APP);

    final CachingRegistry registry;
    private final Vertx vertx;
    private final Runnable rest;

    private TestCache(Vertx vertx, FakeRegistry upstream, Path directory, Tiers tiers, Clock clock, Runnable rest)
            throws IOException {
        Timeouts quick = new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(5));
        UpstreamSettings settings = new UpstreamSettings(
                NAME,
                URI.create(upstream.url()),
                null,
                null,
                TTL,
                Duration.ofDays(7),
                8,
                List.of(),
                quick,
                null,
                false);
        StorageSettings storage = new StorageSettings(directory, DataSize.ofGiB(1), DataSize.ofMiB(0), null);
        Upstreams upstreams =
                Upstreams.of(vertx, List.of(settings), ProxyEnvironment.of(Map.of()), new SimpleMeterRegistry());
        this.vertx = vertx;
        this.rest = rest;
        this.registry = CachingRegistry.open(
                vertx, storage, Map.of(NAME, settings), upstreams, tiers, new SimpleMeterRegistry(), clock);
    }

    /** A node that has nobody but its upstream. */
    static TestCache alone(FakeRegistry upstream, Path directory, Clock clock) throws IOException {
        Vertx vertx = Vertx.vertx();
        return new TestCache(vertx, upstream, directory, Tiers.NONE, clock, vertx::close);
    }

    /** A node with a bucket. */
    static TestCache with(FakeRegistry upstream, Path directory, TestBucket server) throws IOException {
        Vertx vertx = Vertx.vertx();
        S3Bucket bucket = server.open(vertx);
        Bucket durable = new Bucket(bucket.identity(), bucket.blobs(), bucket.links());
        return with(vertx, upstream, directory, bucket, durable, Clock.systemUTC());
    }

    /** A node with a bucket that is cleaned up. */
    static TestCache with(FakeRegistry upstream, Path directory, TestBucket server, Retention retention, Clock clock)
            throws IOException {
        Vertx vertx = Vertx.vertx();
        S3Bucket bucket = server.open(vertx, retention, clock);
        Bucket durable = new Bucket(bucket.identity(), bucket.blobs(), bucket.links(), Optional.of(bucket::used));
        return with(vertx, upstream, directory, bucket, durable, clock);
    }

    private static TestCache with(
            Vertx vertx, FakeRegistry upstream, Path directory, S3Bucket bucket, Bucket durable, Clock clock)
            throws IOException {
        Tiers tiers = Tiers.NONE.with(Optional.of(durable));
        return new TestCache(
                vertx, upstream, directory, tiers, clock, () -> bucket.close().eventually(vertx::close));
    }

    /** A node among others, which all run on {@code vertx}. */
    static TestCache with(Vertx vertx, FakeRegistry upstream, Path directory, Tiers tiers) throws IOException {
        return new TestCache(vertx, upstream, directory, tiers, Clock.systemUTC(), () -> {});
    }

    /** What a pull brought. */
    record Pulled(Digest digest, Origin origin) {}

    Pulled blob(String digest) {
        return blob(digest, Caller.client("127.0.0.1"));
    }

    Pulled blob(String digest, Caller caller) {
        BlobPull pull = new BlobPull(caller, REPOSITORY, Digest.parse(digest), false, RangeRequest.WHOLE);
        return await(() -> registry.blob(pull)
                .compose(blob -> BytesSink.read(
                                vertx, blob, ByteRange.whole(blob.size().orElseThrow()))
                        .onComplete(read -> blob.close())
                        .map(bytes -> new Pulled(Digest.of(bytes), blob.origin()))));
    }

    Blob head(String digest) {
        BlobPull pull =
                new BlobPull(Caller.client("127.0.0.1"), REPOSITORY, Digest.parse(digest), true, RangeRequest.WHOLE);
        return await(() -> registry.blob(pull));
    }

    Manifest manifest(String reference) {
        return manifest(reference, false);
    }

    Manifest manifestHead(String reference) {
        return manifest(reference, true);
    }

    private Manifest manifest(String reference, boolean head) {
        return await(() -> registry.manifest(
                new ManifestPull(Caller.client("127.0.0.1"), REPOSITORY, Reference.parse(reference), head)));
    }

    /** Waits until the bucket has everything. */
    void flush() {
        await(() -> registry.flush(Duration.ofSeconds(30)));
    }

    <T> T await(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        vertx.getOrCreateContext().runOnContext(now -> call.get().onComplete(promise));
        return await(promise.future());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e.getCause() == null ? e : e.getCause());
        }
    }

    @Override
    public void close() {
        await(registry.close());
        rest.run();
    }
}
