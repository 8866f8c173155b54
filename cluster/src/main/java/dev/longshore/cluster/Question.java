package dev.longshore.cluster;

import dev.longshore.blob.Blob;
import dev.longshore.http.Contexts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

/**
 * A node has been asked, and may never answer: after a second without a word it is probed, again and again, and left
 * when it does not answer that either. Confined to one context.
 */
final class Question<T> {

    private static final long PATIENCE_MILLIS = 1000;

    private final Vertx vertx;
    private final Node node;
    private final NodeHealth health;
    private final Promise<T> answer = Promise.promise();

    Question(Vertx vertx, Node node, NodeHealth health, Future<T> asked) {
        this.vertx = vertx;
        this.node = node;
        this.health = health;
        asked.onComplete(
                found -> {
                    health.heard(node);
                    if (!answer.tryComplete(found) && found instanceof Blob late) {
                        late.close();
                    }
                },
                failure -> {
                    if (!(failure instanceof NodeFailure)) {
                        health.heard(node); // a refusal is an answer
                    }
                    answer.tryFail(failure);
                });
        doubt();
    }

    private void doubt() {
        if (answer.future().isComplete()) {
            return;
        }
        long timer = vertx.setTimer(
                PATIENCE_MILLIS,
                due -> Contexts.here(vertx, health.isSilent(node)).onSuccess(silent -> {
                    if (silent) {
                        answer.tryFail(new NodeFailure(node, "does not answer", null));
                    } else {
                        doubt();
                    }
                }));
        answer.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    /** Fails with {@link NodeFailure} when the node gives none. */
    Future<T> answer() {
        return answer.future();
    }
}
