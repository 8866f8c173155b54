package dev.longshore.gateway;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.BytesBlob;
import dev.longshore.blob.DescribedBlob;
import dev.longshore.blob.WrappedBlob;
import dev.longshore.cluster.Avoided;
import dev.longshore.cluster.BlobUrls;
import dev.longshore.cluster.ClusterKeys;
import dev.longshore.cluster.HopDoor;
import dev.longshore.cluster.HopSignature;
import dev.longshore.cluster.Node;
import dev.longshore.config.Listen;
import dev.longshore.config.Secret;
import dev.longshore.http.PullMeters;
import dev.longshore.http.RegistryServer;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.UpstreamNames;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A node that holds what it is given, behind the door and the server of a real one, and that breaks off or stops where it
 * is told to. Thread-safe.
 */
final class TestNode implements Registry, AutoCloseable {

    private static final Secret KEY = Secret.of("the key of the test");

    static final ClusterKeys KEYS = new ClusterKeys(() -> List.of(KEY));

    private static final int PIECE = 16 * 1024;

    final AtomicInteger pulls = new AtomicInteger();

    /** Bytes of bodies. */
    final AtomicLong sent = new AtomicLong();

    final Node node;
    private final Vertx vertx;
    private final Map<Digest, Buffer> blobs = new ConcurrentHashMap<>();
    private final Set<String> repositories = new ConcurrentSkipListSet<>();
    private volatile Origin origin = Origin.DISK;
    private volatile int breaksAfter = Integer.MAX_VALUE;
    private volatile Break how = Break.OFF;
    private volatile Secret key = KEY;
    private volatile boolean dead;
    private volatile ErrorCode refusal = ErrorCode.BLOB_UNKNOWN;

    /** What befalls a body. */
    private enum Break {
        OFF,
        STALL,
        DEATH
    }

    private TestNode(Vertx vertx) {
        this.vertx = vertx;
        ClusterKeys keys = new ClusterKeys(() -> List.of(key));
        HopDoor door = new HopDoor(
                new HopSignature(keys, Clock.systemUTC()), new BlobUrls(keys, Clock.systemUTC()), new Avoided());
        UpstreamNames names = UpstreamNames.of(Set.of("docker.io"), Optional.of("docker.io"));
        PullMeters meters = new PullMeters("test", new SimpleMeterRegistry());
        RegistryServer server = Wait.on(RegistryServer.listen(
                vertx,
                "127.0.0.1",
                0,
                this,
                names,
                Clock.systemUTC(),
                request -> {
                    if (dead) {
                        request.connection().close();
                    }
                    return door.admit(request);
                },
                meters,
                RegistryServer.NOBODY));
        node = Node.at(new Listen("127.0.0.1", server.port()));
        repositories.add("docker.io/library/app" + server.port());
    }

    static TestNode start() {
        return new TestNode(Vertx.vertx());
    }

    TestNode holding(Buffer bytes) {
        blobs.put(Digest.of(bytes.getBytes()), bytes);
        return this;
    }

    /** Holds other bytes under a digest than its own. */
    TestNode holding(Digest digest, Buffer bytes) {
        blobs.put(digest, bytes);
        return this;
    }

    /** Says so of blobs that it does not hold. */
    TestNode refusing(ErrorCode code) {
        refusal = code;
        return this;
    }

    /** Nobody has verified yet what it sends. */
    TestNode filling() {
        origin = Origin.JOINED;
        return this;
    }

    /** Lets in whom the cluster does not. */
    TestNode ofAnotherCluster() {
        key = Secret.of("another key");
        return this;
    }

    /** Gives no end to a body, and lives. */
    TestNode breaksAfter(int bytes) {
        breaksAfter = bytes;
        return this;
    }

    /** Falls silent in the middle; answers pings all the same. */
    TestNode stallsAfter(int bytes) {
        how = Break.STALL;
        return breaksAfter(bytes);
    }

    /** Is gone in the middle, for everybody. */
    TestNode diesAfter(int bytes) {
        how = Break.DEATH;
        return breaksAfter(bytes);
    }

    @Override
    public Future<Blob> blob(BlobPull pull) {
        pulls.incrementAndGet();
        Buffer bytes = blobs.get(pull.digest());
        if (bytes == null) {
            return Future.failedFuture(new RegistryException(refusal));
        }
        Blob blob = new BytesBlob(pull.digest(), bytes, origin);
        return Future.succeededFuture(
                pull.head() ? new DescribedBlob(blob.digest(), blob.size(), origin) : new Breaking(blob));
    }

    /** Sends piece by piece, as from a disk, up to where it breaks. */
    private final class Breaking implements WrappedBlob {

        private final Blob source;

        Breaking(Blob source) {
            this.source = source;
        }

        @Override
        public Blob source() {
            return source;
        }

        @Override
        public Future<Void> pipeTo(BodySink sink, ByteRange range) {
            long end = Math.min(range.end(), range.start() + PIECE);
            if (range.start() >= breaksAfter) {
                if (how == Break.DEATH) {
                    dead = true;
                    vertx.close();
                }
                return how == Break.OFF
                        ? Future.failedFuture("told to break off")
                        : Promise.<Void>promise().future();
            }
            return range.length() == 0
                    ? Future.succeededFuture()
                    : source.pipeTo(sink, new ByteRange(range.start(), end))
                            .onSuccess(piece -> sent.addAndGet(end - range.start()))
                            .compose(piece -> pipeTo(sink, new ByteRange(end, range.end())));
        }
    }

    @Override
    public Future<Manifest> manifest(ManifestPull pull) {
        pulls.incrementAndGet();
        return Future.failedFuture(new RegistryException(ErrorCode.TOOMANYREQUESTS).retryAfter(Duration.ofSeconds(7)));
    }

    @Override
    public Future<Listing> listing(ListingPull pull) {
        ListingPull.Catalog catalog = (ListingPull.Catalog) pull;
        List<String> left = repositories.stream()
                .filter(name -> name.compareTo(catalog.page().last().orElse("")) > 0)
                .toList();
        List<String> page = left.stream().limit(catalog.limit()).toList();
        boolean more = page.size() < left.size();
        return Future.succeededFuture(new Listing(
                "application/json",
                new JsonObject().put("repositories", new JsonArray(page)).toBuffer(),
                more ? Optional.of("last=" + page.get(page.size() - 1)) : Optional.empty(),
                Optional.empty(),
                Origin.DISK));
    }

    /** Lists these repositories, too. */
    TestNode listing(List<String> names) {
        repositories.addAll(names);
        return this;
    }

    static ListingPull.Page firstPage(int limit) {
        return new ListingPull.Page(OptionalInt.of(limit), Optional.empty());
    }

    @Override
    public void close() {
        Wait.on(vertx.close());
    }
}
