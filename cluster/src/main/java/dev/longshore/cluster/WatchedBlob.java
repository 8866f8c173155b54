package dev.longshore.cluster;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.WrappedBlob;
import dev.longshore.http.Contexts;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.channels.FileChannel;

/**
 * A blob from a node that may fall silent in the middle: when it keeps its reader waiting for a second, the node is
 * probed, and left if it does not answer. A node that answers is waited for: its upstream is slow. Confined to one
 * context.
 */
final class WatchedBlob implements WrappedBlob {

    private static final long STALLED_MILLIS = 1000;
    private static final long AGAIN_MILLIS = 100;

    /** Bytes that were waited for so long were not lying in a buffer of this machine: the node has just sent them. */
    private static final long FRESH_NANOS = 200_000_000;

    private final Vertx vertx;
    private final Node node;
    private final Blob source;
    private final NodeHealth health;

    WatchedBlob(Vertx vertx, Node node, Blob source, NodeHealth health) {
        this.vertx = vertx;
        this.node = node;
        this.source = source;
        this.health = health;
    }

    @Override
    public Blob source() {
        return source;
    }

    @Override
    public Future<Void> pipeTo(BodySink sink, ByteRange range) {
        Watch watch = new Watch(sink);
        watch.start();
        source.pipeTo(watch, range).onComplete(watch::finish);
        return watch.end.future();
    }

    /** One range on its way. */
    private final class Watch implements BodySink {

        private final BodySink sink;
        private final Promise<Void> end = Promise.promise();
        private long waitingSince = System.nanoTime();
        private int untaken;
        private long timer;

        Watch(BodySink sink) {
            this.sink = sink;
        }

        void start() {
            lookAfter(STALLED_MILLIS);
        }

        private void lookAfter(long millis) {
            timer = vertx.setTimer(Math.max(1, millis), due -> look());
        }

        private void look() {
            long waited = untaken == 0 ? (System.nanoTime() - waitingSince) / 1_000_000 : 0;
            if (waited < STALLED_MILLIS) {
                lookAfter(STALLED_MILLIS - waited);
                return;
            }
            long since = waitingSince;
            Contexts.here(vertx, health.isSilent(node)).onSuccess(silent -> {
                if (silent && since == waitingSince) {
                    leave();
                } else if (!end.future().isComplete()) {
                    lookAfter(AGAIN_MILLIS);
                }
            });
        }

        private void leave() {
            if (end.tryFail(new NodeFailure(node, "has fallen silent in the middle of a body", null))) {
                source.close();
            }
        }

        void finish(AsyncResult<Void> done) {
            vertx.cancelTimer(timer);
            if (done.succeeded()) {
                end.tryComplete();
            } else {
                end.tryFail(done.cause());
            }
        }

        @Override
        public Future<Void> write(Buffer bytes) {
            if (untaken == 0 && System.nanoTime() - waitingSince > FRESH_NANOS) {
                health.heard(node);
            }
            untaken++;
            return sink.write(bytes).onComplete(taken -> taken());
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            untaken++;
            return sink.transfer(file, position, length).onComplete(taken -> taken());
        }

        private void taken() {
            untaken--;
            waitingSince = System.nanoTime();
        }
    }
}
