package dev.longshore.cli;

import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process whose role takes its time: with {@code start} to start, without it never finishes its drain. For tests. */
final class StubbornProcess implements Running {

    private final boolean drains;

    private StubbornProcess(boolean drains) {
        this.drains = drains;
    }

    public static void main(String[] arguments) throws Exception {
        boolean slow = List.of(arguments).contains("start");
        Server server = Server.start(
                Settings.defaults(Role.STANDALONE),
                (vertx, settings) -> slow ? slowly(vertx) : Future.succeededFuture(new StubbornProcess(false)));
        System.out.println("ready");
        System.exit(server.untilStopped());
    }

    private static Future<StubbornProcess> slowly(Vertx vertx) {
        System.out.println("starting");
        return vertx.timer(2, TimeUnit.SECONDS).map(now -> new StubbornProcess(true));
    }

    @Override
    public Doors doors() {
        throw new IllegalStateException("it listens nowhere");
    }

    @Override
    public Future<Void> drain() {
        System.out.println("draining");
        return drains ? Future.succeededFuture() : Promise.<Void>promise().future();
    }
}
