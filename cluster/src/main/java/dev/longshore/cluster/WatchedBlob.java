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
    private static final long LOOK_MILLIS = 250;

    /** Bytes that were waited for so long were not lying in a buffer of this machine: the node has just sent them. */
    private static final long FRESH_NANOS = 50_000_000;

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
        private boolean probing;
        private long timer;

        Watch(BodySink sink) {
            this.sink = sink;
        }

        void start() {
            timer = vertx.setPeriodic(LOOK_MILLIS, due -> look());
        }

        private void look() {
            boolean stalled = untaken == 0 && System.nanoTime() - waitingSince > STALLED_MILLIS * 1_000_000;
            if (!stalled || probing) {
                return;
            }
            probing = true;
            long since = waitingSince;
            Contexts.here(vertx, health.isSilent(node)).onSuccess(silent -> {
                probing = false;
                if (silent && since == waitingSince) {
                    leave();
                }
            });
        }

        private void leave() {
            NodeFailure silence = new NodeFailure(node, "has fallen silent in the middle of a body", null);
            vertx.cancelTimer(timer);
            health.failed(node, silence);
            if (end.tryFail(silence)) {
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
