package dev.longshore.loadtest;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Clients that connect, then all start at once: the engine of every scenario. It owns its Vert.x and spreads the clients
 * over the event loops. Confined to the thread that runs it.
 */
final class Load {
    private static final int WARM_UP_BYTES = 32 << 20;
    /** Downloads that are under way at once at a rate: more would be a mirror that answers nobody. */
    private static final int MOST_ARRIVALS = 10_000;

    private final Target target;
    private final Progress progress = new Progress();
    private final Vertx vertx = Vertx.vertx();

    Load(Target target) {
        this.target = target;
    }

    /** How far it is, in percent of so many downloads. */
    DoubleSupplier percentOf(int downloads) {
        return () -> progress.percentOf(downloads);
    }

    /** Each client has a connection that it keeps. Blocks until the last is done. */
    Report loop(List<? extends Iterator<Download>> clients, @Nullable Download warmUp, Meanwhile meanwhile) {
        VerifyingClient http = new VerifyingClient(vertx, clients.size(), true, target.patience(), progress);
        return run(
                IntStream.range(0, clients.size())
                        .mapToObj(client -> new LoopingClient(http, target.url(client), warmUp, clients.get(client)))
                        .toList(),
                meanwhile);
    }

    /** Each download has a connection of its own. Blocks until the last is done. */
    Report arrive(double perSecond, Iterator<Download> downloads, Meanwhile meanwhile) {
        VerifyingClient http = new VerifyingClient(vertx, MOST_ARRIVALS, false, target.patience(), progress);
        int doors = Runtime.getRuntime().availableProcessors();
        return run(
                IntStream.range(0, doors)
                        .mapToObj(door -> new ArrivingClients(http, perSecond / doors, downloads))
                        .toList(),
                meanwhile);
    }

    private Report run(List<? extends Client> clients, Meanwhile meanwhile) {
        try {
            Body.generated(0, WARM_UP_BYTES); // hashing is 30 times slower until it is compiled
            UpstreamCount before = target.upstream();
            await(Future.join(clients.stream().map(vertx::deployVerticle).toList()));
            // What has just run hot is being compiled, on the mirror's processors.
            await(vertx.timer(Math.max(1, target.settling().toMillis())));
            long began = System.nanoTime();
            meanwhile.start();
            clients.forEach(Client::start);
            List<Future<List<Outcome>>> done =
                    clients.stream().map(Client::done).toList();
            await(Future.join(done));
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            List<Outcome> outcomes =
                    done.stream().flatMap(each -> each.result().stream()).toList();
            return Report.of(
                    outcomes, took, UpstreamTraffic.between(before, target.upstream(), outcomes), meanwhile.end());
        } finally {
            await(vertx.close());
        }
    }

    private static void await(Future<?> future) {
        future.toCompletionStage().toCompletableFuture().join();
    }
}
