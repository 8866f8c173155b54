package dev.longshore.cli;

import dev.longshore.config.Flags;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.function.Supplier;

/** A process with a role that only listens, for tests: {@code PORT drains|hangs}. Says {@code ready PORT} when it does. */
final class ServerProcess {

    private ServerProcess() {}

    public static void main(String[] arguments) throws Exception {
        Flags flags = new Flags(Map.of("listen", "127.0.0.1:" + arguments[0]), Map.of());
        Settings settings = Settings.load(Role.STANDALONE, null, Map.of(), flags);
        boolean hangs = arguments[1].equals("hangs");
        Server server = Server.start(settings, (vertx, known) -> listen(vertx, known, hangs));
        System.exit(server.untilStopped());
    }

    static Future<Supplier<Future<Void>>> listen(Vertx vertx, Settings settings, boolean hangs) {
        return vertx.createHttpServer()
                .requestHandler(request -> request.response().end())
                .listen(settings.listen().port(), settings.listen().host())
                .map(server -> {
                    System.out.println("ready " + server.actualPort());
                    return () -> {
                        System.out.println("draining");
                        return hangs ? Promise.<Void>promise().future() : server.close();
                    };
                });
    }
}
