package dev.longshore.cache;

import dev.longshore.blob.BodySink;
import dev.longshore.cache.Segments.Segment;
import dev.longshore.http.Contexts;
import dev.longshore.http.LentBytes;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a source sends for one segment to the file, in order, on a worker. It refuses what comes after the
 * segment's end, which may have come nearer meanwhile. Thread-safe.
 */
final class SegmentSink implements BodySink {

    private final Vertx vertx;
    private final Draft draft;
    private final GrowingFile growing;
    private final Segment segment;
    private final WorkerExecutor workers;
    private final Deque<Chunk> waiting = new ArrayDeque<>();
    private Promise<Void> settled = Promise.promise();
    private boolean writing;
    private volatile boolean stopped;

    private record Chunk(Buffer bytes, Promise<Void> taken) {}

    SegmentSink(Vertx vertx, Draft draft, GrowingFile growing, Segment segment, WorkerExecutor workers) {
        this.vertx = vertx;
        this.draft = draft;
        this.growing = growing;
        this.segment = segment;
        this.workers = workers;
    }

    Segment segment() {
        return segment;
    }

    /** Refuses whatever comes from now on. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    @Override
    public Future<Void> write(Buffer bytes) {
        Promise<Void> taken = Promise.promise();
        boolean idle;
        synchronized (this) {
            waiting.add(new Chunk(bytes, taken));
            idle = !writing;
            writing = true;
        }
        if (idle) {
            workers.executeBlocking(this::writeAll, false);
        }
        return Contexts.here(vertx, taken.future());
    }

    private Void writeAll() {
        for (Chunk chunk = poll(); chunk != null; chunk = poll()) {
            try {
                write(chunk);
                chunk.taken.complete();
            } catch (IOException | RuntimeException e) {
                chunk.taken.fail(e);
            }
        }
        return null;
    }

    private @Nullable Chunk poll() {
        Promise<Void> idle;
        synchronized (this) {
            Chunk next = waiting.poll();
            if (next != null) {
                return next;
            }
            writing = false;
            idle = settled;
            settled = Promise.promise();
        }
        idle.complete();
        return null;
    }

    /** Completes when everything that was given is written, or has failed. */
    Future<Void> settled() {
        Future<Void> idle;
        synchronized (this) {
            idle = writing ? settled.future() : Future.succeededFuture();
        }
        return Contexts.here(vertx, idle);
    }

    private void write(Chunk chunk) throws IOException {
        long position = growing.position(segment);
        int wanted = stopped ? 0 : (int) Math.min(chunk.bytes.length(), growing.room(segment));
        if (wanted > 0) {
            draft.room(position + wanted);
            writeFully(draft.file().channel(), LentBytes.view(chunk.bytes).limit(wanted), position);
            draft.written(wanted);
            growing.written(segment, wanted);
        }
        if (wanted < chunk.bytes.length()) {
            throw new IOException("no more bytes are wanted here");
        }
    }

    private static void writeFully(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += file.write(bytes, at);
        }
    }

    @Override
    public Future<Void> transfer(FileChannel file, long position, long length) {
        return workers.executeBlocking(
                        () -> {
                            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(length, 256 * 1024));
                            file.read(bytes, position);
                            return Buffer.buffer(bytes.array()).slice(0, bytes.position());
                        },
                        false)
                .compose(bytes -> write(bytes)
                        .compose(done -> bytes.length() == length
                                ? Future.succeededFuture()
                                : transfer(file, position + bytes.length(), length - bytes.length())));
    }
}
