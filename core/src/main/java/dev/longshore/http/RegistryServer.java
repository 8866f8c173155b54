package dev.longshore.http;

import dev.longshore.blob.RangeRequest;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Pull;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RegistryPath;
import dev.longshore.oci.UpstreamNames;
import io.netty.channel.Channel;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.VertxConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Any {@link Registry}, published over HTTP: a request becomes a {@link Pull} or an error, a pull becomes an answer.
 * Source: OCI distribution-spec. Thread-safe; each request is confined to its connection's context.
 */
public final class RegistryServer {

    /** Administers nothing: where nobody may ask for anything but content. */
    public static final Handler<HttpServerRequest> NOBODY =
            request -> request.response().setStatusCode(404).end();

    private static final int MAX_HEADERS = 16 * 1024;
    private static final int MAX_LINE = 8 * 1024;
    /** Of silence in both directions: whoever reads the end of a blob that comes slowly waits for a while. */
    private static final int IDLE_SECONDS = 600;
    /** Half of the processors: bodies leave by the kernel, and those who hash and write need the other half. */
    private static final int LOOPS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    private static final Duration DRAINING = Duration.ofSeconds(5);
    private static final Duration GRACE = Duration.ofSeconds(1);
    private static final long HEARING_MILLIS = 20;

    private final Vertx vertx;
    private final Registry registry;
    private final RegistryPath grammar;
    private final Clock clock;
    private final Door door;
    private final ManifestHeads heads = new ManifestHeads();
    private final PullLog log;
    private final PullMeters meters;
    private final Handler<HttpServerRequest> admin;
    private final List<HttpServer> listeners = new CopyOnWriteArrayList<>();

    /** Those that have connected and asked for nothing yet. */
    private final Set<HttpConnection> fresh = ConcurrentHashMap.newKeySet();

    /** Where connections are accepted; known from the first of them. */
    private volatile @Nullable Channel entrance;

    private volatile boolean draining;
    private volatile long drainingSince;

    private RegistryServer(
            Vertx vertx,
            Registry registry,
            UpstreamNames upstreams,
            Clock clock,
            Door door,
            PullMeters meters,
            Handler<HttpServerRequest> admin) {
        this.vertx = vertx;
        this.log = new PullLog(vertx);
        this.registry = registry;
        this.admin = admin;
        this.door = door;
        this.meters = meters;
        this.grammar = new RegistryPath(upstreams);
        this.clock = clock;
    }

    /**
     * Serves {@code registry} at {@code host:port}, on every event loop, to whom {@code door} admits; port 0 takes a free
     * one.
     *
     * @param admin answers requests for {@code /admin/…} of whoever is one of us
     */
    public static Future<RegistryServer> listen(
            Vertx vertx,
            String host,
            int port,
            Registry registry,
            UpstreamNames upstreams,
            Clock clock,
            Door door,
            PullMeters meters,
            Handler<HttpServerRequest> admin) {
        RegistryServer server = new RegistryServer(vertx, registry, upstreams, clock, door, meters, admin);
        HttpServerOptions options = new HttpServerOptions()
                .setHttp2ClearTextEnabled(false)
                .setMaxInitialLineLength(MAX_LINE)
                .setMaxHeaderSize(MAX_HEADERS)
                .setIdleTimeout(IDLE_SECONDS)
                // What stands in the way of each answer for the sake of web sockets.
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false);
        DeploymentOptions everyLoop = new DeploymentOptions().setInstances(LOOPS);
        SocketAddress address =
                port == 0 ? SocketAddress.sharedRandomPort(1, host) : SocketAddress.inetSocketAddress(port, host);
        return vertx.deployVerticle(() -> server.new Listener(options, address), everyLoop)
                .map(server);
    }

    /** One event loop's share of the connections. */
    private final class Listener extends VerticleBase {

        private final HttpServerOptions options;
        private final SocketAddress address;

        Listener(HttpServerOptions options, SocketAddress address) {
            this.options = options;
            this.address = address;
        }

        @Override
        public Future<?> start() {
            HttpServer server = vertx.createHttpServer(options);
            return server.requestHandler(RegistryServer.this::handle)
                    .invalidRequestHandler(request -> answer(request).malformed())
                    .connectionHandler(RegistryServer.this::connected)
                    .listen(address)
                    .onSuccess(listeners::add);
        }
    }

    private void connected(HttpConnection connection) {
        // A client that goes in the middle of a body is nobody's error.
        connection.exceptionHandler(gone -> {});
        connection.closeHandler(gone -> fresh.remove(connection));
        fresh.add(connection);
        if (entrance == null) {
            entrance = ((VertxConnection) connection).channel().parent();
        }
    }

    /** The port that is listened on. */
    public int port() {
        return listeners.get(0).actualPort();
    }

    /** Whether it takes no more pulls. */
    public boolean draining() {
        return draining;
    }

    private Answer answer(HttpServerRequest request) {
        return new Answer(request, clock, heads, log, meters);
    }

    private void handle(HttpServerRequest request) {
        fresh.remove(request.connection());
        Answer answer = answer(request);
        try {
            if (draining) {
                answer.last();
            }
            if (draining && System.nanoTime() - drainingSince > GRACE.toNanos()) {
                throw new RegistryException(ErrorCode.UNAVAILABLE, "the mirror is stopping").retryAfter(DRAINING);
            }
            Door.Guest guest = door.admit(request);
            if (guest.inner()) {
                answer.toInner();
                if (String.valueOf(request.path()).startsWith("/admin/")) {
                    admin.handle(request);
                    return;
                }
            }
            Pull pull = parse(request, guest.caller());
            answer.to(pull);
            dispatch(pull, answer);
        } catch (RuntimeException e) {
            answer.error(e);
        }
    }

    private Pull parse(HttpServerRequest request, Caller caller) {
        boolean head = request.method().equals(HttpMethod.HEAD);
        if (!head && !request.method().equals(HttpMethod.GET)) {
            throw new RegistryException(ErrorCode.UNSUPPORTED);
        }
        String ranges = request.getHeader(Headers.RANGE);
        return grammar.parse(
                Objects.requireNonNullElse(request.path(), ""),
                request.query(),
                head,
                ranges == null ? RangeRequest.WHOLE : RangeRequest.parse(ranges),
                caller);
    }

    private void dispatch(Pull pull, Answer answer) {
        if (pull instanceof ManifestPull manifest) {
            give(registry.manifest(manifest), answer::manifest, answer);
        } else if (pull instanceof BlobPull blob) {
            BlobPull wanted = answer.ifRangeHolds(blob);
            give(registry.blob(wanted), found -> answer.blob(wanted, found), answer);
        } else if (pull instanceof ListingPull listing) {
            give(registry.listing(listing), answer::listing, answer);
        } else {
            answer.pong();
        }
    }

    /** Every pull is answered, also when answering it fails. */
    private static <T> void give(Future<T> found, Consumer<T> success, Answer answer) {
        found.onComplete(
                content -> {
                    try {
                        success.accept(content);
                    } catch (RuntimeException e) {
                        answer.error(e);
                    }
                },
                answer::error);
    }

    /**
     * Takes no more connections, and a second later no more requests: whoever had connected before could not know.
     * Completes when the answers under way are out, or {@code patience} is over.
     */
    public Future<Void> drain(Duration patience) {
        drainingSince = System.nanoTime();
        draining = true;
        return letNobodyIn()
                .compose(shut -> heardOut())
                .compose(heard -> Future.join(listeners.stream()
                        .map(listener -> listener.shutdown(patience))
                        .toList()))
                .eventually(log::flush)
                .mapEmpty();
    }

    private Future<Void> letNobodyIn() {
        Promise<Void> shut = Promise.promise();
        Channel known = entrance;
        if (known == null) {
            shut.complete();
        } else {
            known.close().addListener(done -> shut.complete());
        }
        return shut.future();
    }

    /** Vert.x would close the connection of who is just about to ask, and that of who is on the way to an event loop. */
    private Future<?> heardOut() {
        return vertx.timer(HEARING_MILLIS)
                .compose(due -> fresh.isEmpty() || System.nanoTime() - drainingSince > GRACE.toNanos()
                        ? Future.succeededFuture()
                        : heardOut());
    }
}
