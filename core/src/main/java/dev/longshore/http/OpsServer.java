package dev.longshore.http;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The operator's port: {@code /livez} says that the process runs, {@code /readyz} whether it may be sent pulls, and why
 * not; each is a list of checks, and neither depends on an upstream. {@code /metrics} is what Prometheus reads, and
 * {@code /admin/…} is for whom the {@link AdminDoor} lets in. Thread-safe.
 */
public final class OpsServer {

    /** Below a probe's own patience, so that it is told which check it waited for. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    /** Who can say so lives. */
    private static final Check ALIVE = Check.known("alive", true, Optional::empty);

    private final List<Check> checks;
    private final Supplier<String> metrics;
    private final AdminDoor door;
    private final Handler<HttpServerRequest> admin;

    private OpsServer(List<Check> checks, Supplier<String> metrics, AdminDoor door, Handler<HttpServerRequest> admin) {
        this.checks = checks;
        this.metrics = metrics;
        this.door = door;
        this.admin = admin;
    }

    /**
     * One thing that may be wrong with a process.
     *
     * @param required whether the process should not be sent pulls meanwhile; otherwise it does without
     * @param problem what is wrong; empty when nothing is
     */
    public record Check(String name, boolean required, Supplier<Future<Optional<String>>> problem) {

        /** One that is known without asking anybody. */
        public static Check known(String name, boolean required, Supplier<Optional<String>> problem) {
            return new Check(name, required, () -> Future.succeededFuture(problem.get()));
        }
    }

    /**
     * Serves at {@code host:port}; close the server to end it.
     *
     * @param metrics in Prometheus' text format
     * @param admin answers whom {@code door} lets in
     */
    public static Future<HttpServer> listen(
            Vertx vertx,
            String host,
            int port,
            List<Check> checks,
            Supplier<String> metrics,
            AdminDoor door,
            Handler<HttpServerRequest> admin) {
        OpsServer ops = new OpsServer(checks, metrics, door, admin);
        return vertx.createHttpServer().requestHandler(ops::handle).listen(port, host);
    }

    private void handle(HttpServerRequest request) {
        if (String.valueOf(request.path()).startsWith("/admin/")) {
            door.refusal(request).ifPresentOrElse(refusal -> refusal.to(request), () -> admin.handle(request));
            return;
        }
        boolean reads =
                request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
        switch (reads ? String.valueOf(request.path()) : "") {
            case "/livez" -> tell(List.of(ALIVE), request);
            case "/readyz" -> tell(checks, request);
            case "/metrics" ->
                request.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, PROMETHEUS_TEXT)
                        .end(metrics.get());
            default ->
                answer(
                        request,
                        404,
                        new JsonObject()
                                .put("error", "try /livez, /readyz, /metrics or /admin/status")
                                .toBuffer());
        }
    }

    private static void tell(List<Check> checks, HttpServerRequest request) {
        List<Future<JsonObject>> results = checks.stream().map(OpsServer::run).toList();
        Future.join(results).onComplete(all -> {
            List<JsonObject> lines = results.stream().map(Future::result).toList();
            boolean well = lines.stream().allMatch(line -> line.getBoolean("ok") || !line.getBoolean("required"));
            answer(request, well ? 200 : 503, new JsonArray(lines).toBuffer());
        });
    }

    private static Future<JsonObject> run(Check check) {
        return Future.succeededFuture()
                .compose(now -> check.problem().get())
                .timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .otherwise(failure -> Optional.of(String.valueOf(failure.getMessage())))
                .map(problem -> {
                    JsonObject line = new JsonObject()
                            .put("name", check.name())
                            .put("ok", problem.isEmpty())
                            .put("required", check.required());
                    problem.ifPresent(text -> line.put("problem", text));
                    return line;
                });
    }

    private static void answer(HttpServerRequest request, int status, Buffer body) {
        request.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, Headers.JSON)
                .end(body);
    }
}
