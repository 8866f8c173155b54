package dev.longshore.cluster;

import dev.longshore.config.Listen;
import dev.longshore.http.Clients;
import dev.longshore.http.Reply;
import dev.longshore.oci.Caller;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.impl.HttpClientConnection;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The connections to all nodes: one signed request out, the head of one answer in. It neither retries nor judges the
 * answer. Thread-safe.
 */
public final class HopClient {

    /** Many connect at once, and a busy node takes its time; who is silent is left sooner, by who watches it. */
    private static final int CONNECT_MILLIS = 5000;

    private static final int KEEP_ALIVE_SECONDS = 30;
    private static final int CONNECTIONS_PER_NODE = 1024;
    private static final int MAX_HEADER_BYTES = 16 * 1024;
    private static final Duration QUESTION_PATIENCE = Duration.ofSeconds(10);

    /** A purge goes through all links of a disk and of the bucket. */
    private static final Duration ORDER_PATIENCE = Duration.ofMinutes(1);

    private static final int MAX_ADMIN_BYTES = 64 << 20;

    private final Vertx vertx;
    private final HopSignature signature;
    private final Avoided avoided;
    private final ReadSize readSize = new ReadSize();

    /** One for each event loop, so that both connections of a body are one loop's. */
    private final Map<EventLoop, HttpClient> clients = new ConcurrentHashMap<>();

    /** @param avoided what others are told */
    public HopClient(Vertx vertx, HopSignature signature, Avoided avoided) {
        this.vertx = vertx;
        this.signature = signature;
        this.avoided = avoided;
    }

    private HttpClient client() {
        EventLoop loop = ((ContextInternal) vertx.getOrCreateContext()).nettyEventLoop();
        return clients.computeIfAbsent(loop, first -> create());
    }

    private HttpClient create() {
        // Each request tells its own end; what befalls a connection besides is nobody's news.
        HttpClientOptions options = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setConnectTimeout(CONNECT_MILLIS)
                .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxChunkSize(ReadSize.LARGE_BYTES)
                .setReceiveBufferSize(ReadSize.LARGE_BYTES)
                .setDecompressionSupported(false);
        return Clients.builder(vertx, options)
                .with(new PoolOptions().setHttp1MaxSize(CONNECTIONS_PER_NODE).setMaxWaitQueueSize(-1))
                .withConnectHandler(this::prepare)
                .build();
    }

    private void prepare(HttpConnection connection) {
        connection.exceptionHandler(e -> {});
        readSize.opened();
        connection.closeHandler(closed -> readSize.closed());
        ((HttpClientConnection) connection)
                .channelHandlerContext()
                .channel()
                .config()
                .setRecvByteBufAllocator(readSize);
    }

    /**
     * One request to a node, on behalf of {@code caller}. Immutable.
     *
     * @param uri path and query
     * @param range the value of {@code Range}, empty for none
     * @param patience for the head of the answer
     * @param idle how long its body may be silent
     */
    record Hop(HttpMethod method, String uri, Caller caller, String range, Duration patience, Duration idle) {}

    /** Completes with a paused answer, whatever it says; fails with a {@link NodeFailure} when none comes. */
    Future<Reply> send(Node node, Hop hop) {
        Listen place = node.place();
        RequestOptions options = new RequestOptions()
                .setMethod(hop.method)
                .setServer(SocketAddress.inetSocketAddress(place.port(), place.host()))
                .setHost(node.address().host())
                .setPort(node.address().port())
                .setURI(hop.uri)
                .putHeader(HopDoor.HEADER, signature.sign(hop.method, hop.uri, hop.caller));
        if (!hop.range.isEmpty()) {
            options.putHeader("Range", hop.range);
        }
        String news = avoided.news();
        if (!news.isEmpty()) {
            options.putHeader(HopDoor.AVOIDED, news);
        }
        Future<HttpClientRequest> connecting = client().request(options);
        return connecting
                .timeout(Math.min(CONNECT_MILLIS, hop.patience.toMillis()), TimeUnit.MILLISECONDS)
                .onFailure(e -> connecting.onSuccess(HttpClientRequest::reset))
                .compose(request -> head(request, hop))
                .recover(e -> Future.failedFuture(failure(node, hop, e)));
    }

    /**
     * What a node tells, or does for, the operators of its cluster; fails with a {@link NodeFailure} when it does not.
     *
     * @param uri path and query
     */
    public Future<Buffer> administer(Node node, HttpMethod method, String uri) {
        Duration patience = method.equals(HttpMethod.GET) ? QUESTION_PATIENCE : ORDER_PATIENCE;
        return send(node, new Hop(method, uri, Caller.client("-"), "", patience, patience))
                .compose(reply -> reply.body(MAX_ADMIN_BYTES)
                        .compose(body -> reply.status() == 200
                                ? Future.succeededFuture(body)
                                : Future.failedFuture(
                                        new NodeFailure(node, "answered " + reply.status() + ": " + body, null))));
    }

    private Future<Reply> head(HttpClientRequest request, Hop hop) {
        // Its future tells the same.
        request.exceptionHandler(e -> {});
        return request.send()
                .map(response -> new Reply(vertx, response.pause(), hop.idle))
                .timeout(hop.patience.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(e -> request.reset());
    }

    private static NodeFailure failure(Node node, Hop hop, Throwable cause) {
        String what = cause instanceof TimeoutException
                ? "did not answer in time"
                : "brought no answer (" + cause.getMessage() + ")";
        return new NodeFailure(node, what + ": " + hop.method + " " + hop.uri, cause);
    }

    /** Closes all connections. */
    public Future<Void> close() {
        return Future.join(clients.values().stream().map(HttpClient::close).toList())
                .mapEmpty();
    }
}
