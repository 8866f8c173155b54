package dev.longshore.cli;

import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** A process whose role never finishes its drain, for tests. */
final class StubbornProcess implements Running {

    private StubbornProcess() {}

    public static void main(String[] arguments) throws Exception {
        Server server = Server.start(
                Settings.defaults(Role.STANDALONE), (vertx, settings) -> Future.succeededFuture(new StubbornProcess()));
        System.out.println("ready");
        System.exit(server.untilStopped());
    }

    @Override
    public Doors doors() {
        throw new IllegalStateException("it listens nowhere");
    }

    @Override
    public Future<Void> drain() {
        System.out.println("draining");
        return Promise.<Void>promise().future();
    }
}
