package dev.longshore.blob;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Takes a body of a known, small size into memory; one byte more is a failure. Confined to one context. */
public final class BytesSink implements BodySink {

    private final Vertx vertx;
    /** The JDK reads by way of a buffer of the same size, outside the heap, and keeps it for the thread. */
    private static final int STEP = 256 * 1024;

    private final byte[] bytes;
    private int taken;

    /** A place for {@code size} bytes. */
    public BytesSink(Vertx vertx, int size) {
        this.vertx = vertx;
        this.bytes = new byte[size];
    }

    /** The bytes of {@code range}, which is small enough for the memory. The caller closes the blob. */
    public static Future<byte[]> read(Vertx vertx, Blob blob, ByteRange range) {
        BytesSink sink = new BytesSink(vertx, Math.toIntExact(range.length()));
        return blob.pipeTo(sink, range)
                .compose(piped -> sink.taken == sink.bytes.length
                        ? Future.succeededFuture(sink.bytes)
                        : Future.failedFuture(new EOFException("the blob ended after " + sink.taken + " bytes")));
    }

    @Override
    public Future<Void> write(Buffer more) {
        if (more.length() > bytes.length - taken) {
            return tooMany();
        }
        more.getBytes(bytes, taken);
        taken += more.length();
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> transfer(FileChannel file, long position, long length) {
        if (length > bytes.length - taken) {
            return tooMany();
        }
        ByteBuffer place = ByteBuffer.wrap(bytes, taken, (int) length).slice();
        taken += (int) length;
        return vertx.executeBlocking(
                () -> {
                    for (int at = 0; at < length; ) {
                        int step = (int) Math.min(STEP, length - at);
                        int read = file.read(place.slice(at, step), position + at);
                        if (read < 0) {
                            throw new EOFException("the file has become shorter");
                        }
                        at += read;
                    }
                    return null;
                },
                false);
    }

    private Future<Void> tooMany() {
        return Future.failedFuture(new IOException("more than " + bytes.length + " bytes came"));
    }
}
