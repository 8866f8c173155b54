package dev.longshore.s3;

import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;

/** How a worker waits for the bucket: work that takes minutes, and for which nobody waits, is read top to bottom. */
final class Waiting {

    private static final int SIDE_BY_SIDE = 16;

    private Waiting() {}

    /** What {@code call} brings; throws what it fails with. Never on an event loop. */
    static <T> T on(Future<T> call) {
        try {
            return call.toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RegistryException(ErrorCode.UNAVAILABLE, "the mirror is stopping");
        }
    }

    /** A call for each of {@code items}, a few side by side; throws when one fails, after those that were under way. */
    static <T, R> void onEach(List<T> items, Function<T, Future<R>> call, Consumer<R> brought) {
        for (int from = 0; from < items.size(); from += SIDE_BY_SIDE) {
            List<Future<R>> some = items.subList(from, Math.min(items.size(), from + SIDE_BY_SIDE)).stream()
                    .map(call)
                    .toList();
            on(Future.join(some));
            some.forEach(done -> brought.accept(done.result()));
        }
    }
}
