package dev.longshore.cli;

import dev.longshore.admin.Platform;
import dev.longshore.admin.Warming;
import dev.longshore.admin.Warming.Image;
import dev.longshore.oci.Caller;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Purge;
import dev.longshore.oci.PurgePattern;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RegistryPath;
import dev.longshore.oci.UpstreamNames;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What a process does for its operators: the requests below {@code /admin/}. Thread-safe. */
final class Admin implements Handler<HttpServerRequest> {

    private static final long TOLD_MILLIS = 100;
    private static final int MAX_PURGE = 6000;

    private final Vertx vertx;
    private final Clock clock;
    private final UpstreamNames upstreams;
    private final Optional<Registry> cache;
    private final Supplier<Future<Status>> status;
    private final Purging purging;

    /** Forgets something, and says what, and where that failed. */
    interface Purging {
        Future<JsonObject> purge(Purge purge);
    }

    /** @param cache what is warmed: it answers from where content is kept; none where only a part of that is */
    Admin(Ground ground, Optional<Registry> cache, Supplier<Future<Status>> status, Purging purging) {
        this.vertx = ground.vertx();
        this.clock = ground.clock();
        this.upstreams = ground.upstreams();
        this.cache = cache;
        this.status = status;
        this.purging = purging;
    }

    @Override
    public void handle(HttpServerRequest request) {
        Future<Buffer> body = request.body();
        switch (request.method() + " " + request.path()) {
            case "GET /admin/status" -> answer(request, status.get().map(Status::json));
            case "POST /admin/warm" ->
                body.map(Buffer::toJsonObject)
                        .map(wanted -> warm(request, wanted))
                        .onFailure(failure -> refuse(request, failure));
            case "POST /admin/purge" ->
                answer(request, body.map(Buffer::toJsonObject).map(this::purge).compose(purging::purge));
            default ->
                send(
                        request,
                        404,
                        new JsonObject().put("error", "try GET /admin/status, POST /admin/warm or POST /admin/purge"));
        }
    }

    private static void answer(HttpServerRequest request, Future<JsonObject> answer) {
        answer.onSuccess(json -> send(request, 200, json)).onFailure(failure -> refuse(request, failure));
    }

    private static void refuse(HttpServerRequest request, Throwable failure) {
        boolean asked = failure instanceof IllegalArgumentException
                || failure instanceof DecodeException
                || failure instanceof ClassCastException
                || failure instanceof RegistryException;
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        send(request, asked ? 400 : 500, new JsonObject().put("error", message));
    }

    private static void send(HttpServerRequest request, int status, JsonObject json) {
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(json.toBuffer());
    }

    private Purge purge(JsonObject wanted) {
        List<PurgePattern> patterns = texts(wanted, "patterns").stream()
                .map(text -> PurgePattern.parse(text, upstreams))
                .toList();
        Purge purge = new Purge(patterns, clock.instant(), Boolean.TRUE.equals(wanted.getBoolean("dryRun")));
        if (patterns.isEmpty() || purge.query().length() > MAX_PURGE) {
            throw new IllegalArgumentException(patterns.isEmpty() ? "nothing to purge" : "too many patterns at once");
        }
        return purge;
    }

    private static Set<String> texts(JsonObject wanted, String field) {
        JsonArray texts = wanted.getJsonArray(field, new JsonArray());
        if (texts == null || !texts.stream().allMatch(String.class::isInstance)) {
            throw new IllegalArgumentException(field + " is a list of texts");
        }
        return texts.stream().map(String.class::cast).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Answers line by line, as long as somebody listens: whatever has changed for an image, and at last the verdict. */
    private Future<Void> warm(HttpServerRequest request, JsonObject wanted) {
        Registry warmed = cache.orElseThrow(
                () -> new IllegalArgumentException("a cache node keeps a part of the images only: ask a gateway"));
        Caller caller = Caller.client(request.remoteAddress().hostAddress());
        ImageNames names = new ImageNames(new RegistryPath(upstreams));
        Map<String, Image> images = new LinkedHashMap<>();
        for (String text : texts(wanted, "images")) {
            ManifestPull pull = names.parse(text, caller);
            images.putIfAbsent(ImageNames.text(pull), new Image(ImageNames.text(pull), pull));
        }
        Set<Platform> platforms =
                texts(wanted, "platforms").stream().map(Platform::parse).collect(Collectors.toUnmodifiableSet());
        HttpServerResponse response =
                request.response().setChunked(true).putHeader("Content-Type", "application/x-ndjson");
        Set<Image> changed = new LinkedHashSet<>();
        Warming warming = new Warming(warmed, platforms, changed::add);
        long timer = vertx.setPeriodic(TOLD_MILLIS, due -> tell(response, changed));
        response.closeHandler(gone -> warming.stop());
        return warming.run(images.values()).onComplete(end -> {
            vertx.cancelTimer(timer);
            tell(response, changed);
            boolean complete = images.values().stream().allMatch(Image::isComplete);
            response.end(new JsonObject().put("complete", complete).encode() + "\n");
        });
    }

    private static void tell(HttpServerResponse response, Set<Image> changed) {
        changed.forEach(image -> response.write(line(image).encode() + "\n"));
        changed.clear();
    }

    private static JsonObject line(Image image) {
        JsonObject line = new JsonObject()
                .put("image", image.name())
                .put("come", image.come())
                .put("size", image.size())
                .put("complete", image.isComplete());
        image.problem().ifPresent(problem -> line.put("problem", problem));
        return line;
    }
}
