package dev.longshore.loadtest;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A real registry on a loopback port that serves what it was given, misbehaves as it was told and remembers what it
 * was asked. A second port plays the host that redirects and token realms lead to. Thread-safe; its owner closes it.
 */
public final class FakeRegistry implements AutoCloseable {
    private static final int ALL_TAGS = Integer.MAX_VALUE;

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final Content content = new Content();
    private final Script script = new Script();
    private final Tokens tokens = new Tokens();
    private final RequestLog log = new RequestLog();
    private final HttpServerOptions options;
    private int port;
    private int portElsewhere;
    private @Nullable HttpServer server;
    private @Nullable HttpServer serverElsewhere;

    private FakeRegistry(HttpServerOptions options) {
        this.options = options;
        this.port = options.getPort();
    }

    /** Starts on a free port. */
    public static FakeRegistry start() {
        return start(0);
    }

    /** Starts on this port, or on a free one if it is 0. */
    public static FakeRegistry start(int port) {
        return start(new HttpServerOptions().setPort(port));
    }

    /** Starts with these options, as for TLS; the port elsewhere is always free. */
    public static FakeRegistry start(HttpServerOptions options) {
        FakeRegistry registry = new FakeRegistry(options);
        registry.resume();
        return registry;
    }

    /** Listens again, on the same ports as ever. */
    public synchronized void resume() {
        server = listen(port);
        serverElsewhere = listen(portElsewhere);
        port = server.actualPort();
        portElsewhere = serverElsewhere.actualPort();
    }

    /** Is gone: connections are closed, new ones refused, until it resumes. Content and log stay. */
    public synchronized void stop() {
        if (server != null && serverElsewhere != null) {
            await(Future.all(server.close(), serverElsewhere.close()));
        }
    }

    @Override
    public void close() {
        await(vertx.close());
    }

    public String url() {
        return (options.isSsl() ? "https://" : "http://") + host();
    }

    /** Address and port, as in an image's name. */
    public synchronized String host() {
        return "127.0.0.1:" + port;
    }

    /** The base of the second port's addresses. */
    public synchronized String urlElsewhere() {
        return (options.isSsl() ? "https://" : "http://") + "127.0.0.1:" + portElsewhere;
    }

    public Content content() {
        return content;
    }

    /** Builds whole images in this registry. */
    public Images images() {
        return new Images(content);
    }

    public Tokens tokens() {
        return tokens;
    }

    public RequestLog log() {
        return log;
    }

    /** Until {@link #heal}, these requests meet these faults, and those given before. */
    public FakeRegistry always(Predicate<Request> which, Fault... faults) {
        script.always(which, List.of(faults));
        return this;
    }

    /**
     * The next {@code times} of these requests meet these faults together, on top of the lasting ones. What is given
     * later waits its turn.
     */
    public FakeRegistry next(int times, Predicate<Request> which, Fault... faults) {
        script.next(times, which, List.of(faults));
        return this;
    }

    /** Forgets all faults for requests to come. */
    public FakeRegistry heal() {
        script.clear();
        return this;
    }

    /** Everything under {@code /v2/} wants a bearer token, to be had at this same port. */
    public FakeRegistry requireToken() {
        return requireToken(url() + "/token");
    }

    /** Everything under {@code /v2/} wants a bearer token, to be had at {@code realm}. */
    public FakeRegistry requireToken(String realm) {
        return always(request -> request.path().startsWith("/v2"), tokens.challenge(realm));
    }

    /** Blobs are redirected to the second port, by addresses that are good for so long. */
    public FakeRegistry redirectBlobs(Duration validity) {
        return always(Request.blobs(), Fault.redirect(urlElsewhere(), validity));
    }

    private HttpServer listen(int onPort) {
        HttpServer listener = vertx.createHttpServer(
                new HttpServerOptions(options).setHost("127.0.0.1").setPort(onPort));
        listener.connectionHandler(connection -> {
            log.connected();
            connection.closeHandler(closed -> log.disconnected());
        });
        listener.requestHandler(this::handle);
        return await(listener.listen());
    }

    private void handle(HttpServerRequest http) {
        Request request = Request.of(http);
        if (request.path().startsWith("/_")) {
            obey(http, request.path());
            return;
        }
        Exchange exchange = log.begin(request);
        List<Fault> faults = script.faultsFor(request);
        Answer answer = answer(request);
        for (Fault fault : faults) {
            if (fault instanceof Fault.Rewrite rewrite) {
                answer = rewrite.change().apply(request, answer);
            }
        }
        Delivery delivery = new Delivery(
                vertx, http, answer.with("Docker-Distribution-API-Version", "registry/2.0"), exchange, log);
        for (Fault fault : faults) {
            if (fault instanceof Fault.Deliver deliver) {
                deliver.change().accept(delivery);
            }
        }
        delivery.start();
    }

    /** For scripts, which have no other way to reach in: every order is answered with the counters. */
    private void obey(HttpServerRequest http, String order) {
        int value = order.lastIndexOf('/') + 1;
        if (order.startsWith("/_flip/")) {
            always(Request.blobBytes(), Fault.flippedBit(ByteCount.parse(order.substring(value))));
        } else if (order.startsWith("/_rate/")) {
            always(Request.blobBytes(), Fault.rate(ByteCount.parse(order.substring(value))));
        } else if (order.equals("/_heal")) {
            heal();
        } else if (!order.equals("/_stats")) {
            http.response().setStatusCode(404).end();
            return;
        }
        http.response().end(Json.text(log.counters()));
    }

    private Answer answer(Request request) {
        if (!request.method().equals("GET") && !request.isHead()) {
            return Answer.error(405, "UNSUPPORTED");
        }
        return switch (request.kind()) {
            case PING -> Answer.json(200, Map.of());
            case MANIFEST -> manifest(request);
            case BLOB -> blob(request);
            case TAGS -> tags(request);
            case REFERRERS -> referrers(request);
            case REDIRECTED -> redirected(request);
            case TOKEN -> tokens.issue(request);
            case OTHER -> Answer.error(404, "NAME_UNKNOWN");
        };
    }

    private Answer manifest(Request request) {
        return content.manifest(request.repository(), request.reference())
                .map(manifest -> named(Answer.of(200, manifest.mediaType(), manifest.body())))
                .orElseGet(() -> Answer.error(404, "MANIFEST_UNKNOWN"));
    }

    private Answer blob(Request request) {
        return content.blob(request.repository(), request.reference())
                .map(body -> named(Answer.of(200, "application/octet-stream", body))
                        .with("Accept-Ranges", "bytes")
                        .ranged(request))
                .orElseGet(() -> Answer.error(404, "BLOB_UNKNOWN"));
    }

    private static Answer named(Answer answer) {
        String digest = answer.body().digest();
        return answer.with(Map.of("Docker-Content-Digest", digest, "ETag", "\"" + digest + "\""));
    }

    /** As S3 does: a signed address and credentials together are refused, and an address expires. */
    private Answer redirected(Request request) {
        if (request.header("authorization").isPresent()) {
            return Answer.error(400, "InvalidArgument");
        }
        long expires = request.parameter("expires").map(Long::parseLong).orElse(0L);
        if (Instant.now().toEpochMilli() >= expires) {
            return Answer.error(403, "AccessDenied");
        }
        return blob(request).without(List.of("Docker-Content-Digest"));
    }

    private Answer tags(Request request) {
        String repository = request.repository();
        if (!content.exists(repository)) {
            return Answer.error(404, "NAME_UNKNOWN");
        }
        int limit = request.parameter("n").map(Integer::parseInt).orElse(ALL_TAGS);
        List<String> page = content.tags(repository, request.parameter("last").orElse(""), limit);
        Answer answer = Answer.json(200, Map.of("name", repository, "tags", page));
        boolean more = !page.isEmpty()
                && !content.tags(repository, page.get(page.size() - 1), 1).isEmpty();
        return more
                ? answer.with(
                        "Link",
                        "</v2/" + repository + "/tags/list?last=" + page.get(page.size() - 1) + "&n=" + limit
                                + ">; rel=\"next\"")
                : answer;
    }

    private Answer referrers(Request request) {
        String type = request.parameter("artifactType").orElse(null);
        Answer answer = Answer.json(200, content.referrers(request.repository(), request.reference(), type))
                .with("Content-Type", Content.INDEX);
        return type == null ? answer : answer.with("OCI-Filters-Applied", "artifactType");
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }
}
