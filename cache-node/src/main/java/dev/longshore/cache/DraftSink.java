package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.http.LentBytes;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Writes a whole blob to the disk and publishes it. Confined to one context. */
final class DraftSink implements BodySink {

    private final Draft draft;
    private final WorkerExecutor workers;
    private long position;

    DraftSink(Draft draft, WorkerExecutor workers) {
        this.draft = draft;
        this.workers = workers;
    }

    /** Publishes {@code blob}, whose bytes have been verified and are {@code size}; leaves nothing behind otherwise. */
    Future<Void> take(Blob blob, long size) {
        return blob.pipeTo(this, ByteRange.whole(size))
                .compose(piped -> work(() -> {
                    if (position != size) {
                        throw new IOException("only " + position + " of " + size + " bytes came");
                    }
                    draft.publish();
                }))
                .recover(failure -> work(draft::discard).transform(gone -> Future.failedFuture(failure)))
                .eventually(() -> work(draft.file()::release));
    }

    private interface Work {
        void run() throws IOException;
    }

    private Future<Void> work(Work work) {
        return workers.executeBlocking(
                () -> {
                    work.run();
                    return null;
                },
                false);
    }

    @Override
    public Future<Void> write(Buffer bytes) {
        long at = position;
        position += bytes.length();
        return work(() -> {
            ByteBuffer rest = LentBytes.view(bytes);
            for (long to = at; rest.hasRemaining(); ) {
                to += draft.file().channel().write(rest, to);
            }
        });
    }

    @Override
    public Future<Void> transfer(FileChannel file, long from, long length) {
        long at = position;
        position += length;
        return work(() -> {
            for (long done = 0; done < length; ) {
                ByteBuffer piece = ByteBuffer.allocate((int) Math.min(256 * 1024, length - done));
                int read = file.read(piece, from + done);
                if (read < 0) {
                    throw new IOException("the file has become shorter");
                }
                piece.flip();
                for (long to = at + done; piece.hasRemaining(); ) {
                    to += draft.file().channel().write(piece, to);
                }
                done += read;
            }
        });
    }
}
