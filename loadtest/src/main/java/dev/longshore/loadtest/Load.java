package dev.longshore.loadtest;

import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Clients that connect, then all start at once, each with its downloads one after another. The engine of every scenario; it owns its
 * Vert.x and spreads the clients over the event loops. Immutable.
 */
final class Load {
    private static final int WARM_UP_BYTES = 32 << 20;

    private final List<List<Download>> clients;
    private final @Nullable Download warmUp;
    private final Duration patience;

    /**
     * A load that has not begun.
     *
     * @param warmUp what each client asks for first, uncounted: a process that has just started measures itself
     */
    Load(List<List<Download>> clients, @Nullable Download warmUp, Duration patience) {
        this.clients = clients;
        this.warmUp = warmUp;
        this.patience = patience;
    }

    /** Blocks until the last client is done. */
    Report run() {
        Body.generated(0, WARM_UP_BYTES); // hashing is 30 times slower until it is compiled
        Vertx vertx = Vertx.vertx();
        try {
            VerifyingClient http = new VerifyingClient(vertx, clients.size(), patience);
            List<Client> all = clients.stream()
                    .map(downloads -> new Client(http, downloads, warmUp))
                    .toList();
            await(Future.join(all.stream().map(vertx::deployVerticle).toList()));
            long began = System.nanoTime();
            all.forEach(Client::start);
            await(Future.join(all.stream().map(Client::done).toList()));
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            return Report.of(
                    all.stream().flatMap(client -> client.outcomes.stream()).toList(), took);
        } finally {
            await(vertx.close());
        }
    }

    private static void await(Future<?> future) {
        future.toCompletionStage().toCompletableFuture().join();
    }

    /** One client, with a context of its own. Confined to that context until it is done. */
    private static final class Client implements Deployable {
        private final VerifyingClient http;
        private final @Nullable Download warmUp;
        private final Queue<Download> ahead;
        private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
        private final Promise<Void> done = Promise.promise();
        private volatile @Nullable Context own;

        Client(VerifyingClient http, List<Download> downloads, @Nullable Download warmUp) {
            this.http = http;
            this.warmUp = warmUp;
            this.ahead = new ConcurrentLinkedQueue<>(downloads);
        }

        /** Connects; a mirror that cannot be reached will show in the outcomes. */
        @Override
        public Future<?> deploy(Context context) {
            own = context;
            if (warmUp != null) {
                return http.download(warmUp).compose(once -> http.download(warmUp));
            }
            Download first = ahead.peek();
            return first == null
                    ? Future.succeededFuture()
                    : http.greet(first.url()).otherwiseEmpty();
        }

        void start() {
            Objects.requireNonNull(own).runOnContext(now -> next());
        }

        private void next() {
            Download download = ahead.poll();
            if (download == null) {
                done.complete();
                return;
            }
            http.download(download).onSuccess(outcome -> {
                outcomes.add(outcome);
                next();
            });
        }

        Future<Void> done() {
            return done.future();
        }
    }
}
