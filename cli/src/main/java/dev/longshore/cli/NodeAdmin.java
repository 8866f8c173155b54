package dev.longshore.cli;

import dev.longshore.oci.Purge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;

/** What a node does for the operators of its cluster, asked by another of its processes: its own part. Thread-safe. */
record NodeAdmin(Storage storage, MeterRegistry meters, InstantSource clock) implements Handler<HttpServerRequest> {

    @Override
    public void handle(HttpServerRequest request) {
        answer(request)
                .onSuccess(body -> request.response().end(body))
                .onFailure(failure -> request.response()
                        .setStatusCode(500)
                        .end(new JsonObject().put("error", failure.getMessage()).toBuffer()));
    }

    private Future<Buffer> answer(HttpServerRequest request) {
        return switch (request.method() + " " + request.path()) {
            case "GET /admin/figures" ->
                Future.succeededFuture(Figures.of(meters, source -> true).json().toBuffer());
            // As of now by the clock here: the links' times are this machine's too.
            case "POST /admin/purge" ->
                storage.cache()
                        .purge(Purge.parse(Objects.requireNonNull(request.query()))
                                .asOf(clock.instant()))
                        .map(names -> new JsonArray(List.copyOf(new TreeSet<>(names))).toBuffer());
            default -> Future.failedFuture("nothing that a node does");
        };
    }
}
