package dev.longshore.cluster;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.RangeRequest;
import dev.longshore.config.Listen;
import dev.longshore.config.Secret;
import dev.longshore.http.PullMeters;
import dev.longshore.http.RegistryServer;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Reference;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.UpstreamNames;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.channels.FileChannel;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/** A node that answers as it is told, and a {@link NodeRegistry} for it that is used from one event loop. */
final class HopFixture implements AutoCloseable {

    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    static final RepositoryName REPOSITORY = new RepositoryName("docker.io", "library/alpine");
    static final Caller CLIENT = Caller.client("10.1.2.3");

    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    final Vertx vertx = Vertx.vertx();
    final Context context = vertx.getOrCreateContext();
    final ClusterKeys keys = new ClusterKeys(() -> List.of(Secret.of("key")));
    final Scripted scripted = new Scripted();
    final Avoided asking = new Avoided();
    final Avoided asked = new Avoided();
    final HopClient client = new HopClient(vertx, new HopSignature(keys, CLOCK), asking);
    final RegistryServer server = serve();

    private RegistryServer serve() {
        HopDoor door = new HopDoor(new HopSignature(keys, CLOCK), new BlobUrls(keys, CLOCK), asked);
        UpstreamNames names = UpstreamNames.of(Set.of("docker.io"), Optional.empty());
        return await(RegistryServer.listen(
                vertx,
                "127.0.0.1",
                0,
                scripted,
                names,
                CLOCK,
                door,
                new PullMeters("test", new SimpleMeterRegistry()),
                RegistryServer.NOBODY));
    }

    /** The registry of a node, whose answers a test sets. Thread-safe, its answers being set before it is asked. */
    static final class Scripted implements Registry {

        Function<ManifestPull, Future<Manifest>> manifest = pull -> Future.failedFuture("not set");
        Function<BlobPull, Future<Blob>> blob = pull -> Future.failedFuture("not set");
        Function<ListingPull, Future<Listing>> listing = pull -> Future.failedFuture("not set");
        final List<Object> pulls = new CopyOnWriteArrayList<>();

        @Override
        public Future<Manifest> manifest(ManifestPull pull) {
            pulls.add(pull);
            return manifest.apply(pull);
        }

        @Override
        public Future<Blob> blob(BlobPull pull) {
            pulls.add(pull);
            return blob.apply(pull);
        }

        @Override
        public Future<Listing> listing(ListingPull pull) {
            pulls.add(pull);
            return listing.apply(pull);
        }
    }

    /** A sink that takes everything, or nothing until it is told to. Confined to one context. */
    static final class Sink implements BodySink {

        final Buffer bytes = Buffer.buffer();
        final List<Promise<Void>> untaken = new ArrayList<>();
        boolean slow;

        @Override
        public Future<Void> write(Buffer more) {
            bytes.appendBuffer(more);
            if (!slow) {
                return Future.succeededFuture();
            }
            Promise<Void> taken = Promise.promise();
            untaken.add(taken);
            return taken.future();
        }

        void takeAll() {
            slow = false;
            List.copyOf(untaken).forEach(Promise::complete);
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            throw new IllegalStateException("a node's body is no file");
        }
    }

    NodeRegistry node() {
        return at("127.0.0.1:" + server.port());
    }

    /** The same node, under a name that leads nowhere, or to where it was before. */
    NodeRegistry movedNode() {
        Listen name = new Listen("longshore-cache-node-0.invalid", server.port());
        return new NodeRegistry(client, new Node(name, Optional.of("127.0.0.1"), Optional.empty(), 1), CLOCK);
    }

    /** The same node, asked by a process with keys and a clock of its own. */
    NodeRegistry nodeFor(ClusterKeys others, Instant now) {
        HopClient stranger = new HopClient(vertx, new HopSignature(others, () -> now), asking);
        return new NodeRegistry(stranger, Node.at(new Listen("127.0.0.1", server.port())), CLOCK);
    }

    NodeRegistry at(String address) {
        return new NodeRegistry(client, Node.at(Listen.parse(address)), CLOCK);
    }

    static ManifestPull manifest(String reference, boolean head) {
        return new ManifestPull(CLIENT, REPOSITORY, Reference.parse(reference), head);
    }

    static BlobPull blob(Digest digest, RangeRequest ranges) {
        return new BlobPull(CLIENT, REPOSITORY, digest, false, ranges);
    }

    Future<Void> pipe(Blob blob, BodySink sink, ByteRange range) {
        return here(() -> blob.pipeTo(sink, range));
    }

    Buffer read(Blob blob, ByteRange range) {
        Sink sink = new Sink();
        await(pipe(blob, sink, range));
        return sink.bytes;
    }

    void run(Runnable action) {
        await(here(() -> {
            action.run();
            return Future.succeededFuture();
        }));
    }

    /** Calls on the event loop, since what is confined to a context must be used there. */
    <T> Future<T> here(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(v -> call.get().onComplete(promise));
        return promise.future();
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage()
                    .toCompletableFuture()
                    .orTimeout(10, TimeUnit.SECONDS)
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    @Override
    public void close() {
        await(vertx.close());
    }
}
