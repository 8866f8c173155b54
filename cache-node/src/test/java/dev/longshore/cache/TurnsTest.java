package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class TurnsTest {

    private static final int KIB = 1024;
    private static final long SIZE = 10L << 20;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void theFirstTurnIsShortAndLaterOnesAreLongerUpToALimit() throws Exception {
        List<Long> ends = new ArrayList<>();
        CompletableFuture<List<Long>> read = new CompletableFuture<>();
        vertx.runOnContext(now -> read(new Turns(vertx, offset -> Future.succeededFuture(SIZE)), 0, ends, read));

        List<Long> starts = new ArrayList<>(read.get());
        assertThat(starts.subList(0, 7))
                .containsExactly(16L * KIB, 48L * KIB, 112L * KIB, 240L * KIB, 496L * KIB, 752L * KIB, 1008L * KIB);
        assertThat(starts.get(starts.size() - 1)).isEqualTo(SIZE);
    }

    private static void read(Turns turns, long offset, List<Long> ends, CompletableFuture<List<Long>> read) {
        if (offset == SIZE) {
            read.complete(ends);
            return;
        }
        turns.readableFrom(offset).onSuccess(end -> {
            ends.add(end);
            read(turns, end, ends, read);
        });
    }

    @Test
    void whatWaitsOnTheEventLoopComesBetweenTwoTurns() throws Exception {
        CompletableFuture<List<String>> done = new CompletableFuture<>();
        vertx.runOnContext(now -> {
            List<String> order = new ArrayList<>();
            Turns turns = new Turns(vertx, offset -> Future.succeededFuture(SIZE));
            vertx.getOrCreateContext().runOnContext(other -> order.add("another reader"));
            turns.readableFrom(0)
                    .onSuccess(end -> order.add("first turn"))
                    .compose(end -> turns.readableFrom(end))
                    .onSuccess(end -> {
                        order.add("second turn");
                        done.complete(order);
                    });
        });

        assertThat(done.get()).containsExactly("first turn", "another reader", "second turn");
    }
}
