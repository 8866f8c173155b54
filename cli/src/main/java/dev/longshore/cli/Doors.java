package dev.longshore.cli;

import dev.longshore.config.Listen;
import dev.longshore.config.Settings;
import dev.longshore.http.AdminDoor;
import dev.longshore.http.Door;
import dev.longshore.http.OpsServer;
import dev.longshore.http.OpsServer.Check;
import dev.longshore.http.RegistryServer;
import dev.longshore.oci.Registry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.BindException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The two ports of a process: where content is pulled, and where operators look. Thread-safe. */
record Doors(RegistryServer registry, HttpServer ops) {

    /**
     * Opens both; fails with a message for the operator.
     *
     * @param checks besides the one that it is not about to stop
     * @param admin for operators
     * @param inner for other processes of the cluster, on behalf of operators
     */
    static Future<Doors> open(
            Ground ground,
            Registry registry,
            Door door,
            List<Check> checks,
            Handler<HttpServerRequest> admin,
            Handler<HttpServerRequest> inner) {
        Vertx vertx = ground.vertx();
        Settings settings = ground.settings();
        Meters meters = ground.meters();
        Listen front = settings.listen();
        Listen back = settings.ops().listen();
        return explained(
                        "listen",
                        front,
                        RegistryServer.listen(
                                vertx,
                                front.host(),
                                front.port(),
                                registry,
                                ground.upstreams(),
                                ground.clock(),
                                door,
                                meters.pulls(),
                                inner))
                .compose(served -> explained(
                                "ops.listen",
                                back,
                                OpsServer.listen(
                                        vertx,
                                        back.host(),
                                        back.port(),
                                        all(checks, served),
                                        meters::text,
                                        new AdminDoor(settings.ops().token()),
                                        admin))
                        .map(ops -> new Doors(served, ops)));
    }

    private static List<Check> all(List<Check> checks, RegistryServer registry) {
        Check accepting = Check.known(
                "accepting", true, () -> registry.draining() ? Optional.of("is about to stop") : Optional.empty());
        return Stream.concat(Stream.of(accepting), checks.stream()).toList();
    }

    /** A port that cannot be had is the operator's to settle: says which, and why. */
    private static <T> Future<T> explained(String key, Listen address, Future<T> listening) {
        return listening.recover(failure -> {
            String message = String.valueOf(failure.getMessage());
            boolean taken = failure instanceof BindException || message.contains("in use");
            return Future.failedFuture(
                    new IOException(key + ": " + address + (taken ? " is in use by another process" : ": " + message)));
        });
    }

    /** The address of the registry API, as configured but for the port 0. */
    Listen listen(Settings settings) {
        return new Listen(settings.listen().host(), registry.port());
    }

    /** The address for operators, likewise. */
    Listen opsListen(Settings settings) {
        return new Listen(settings.ops().listen().host(), ops.actualPort());
    }
}
