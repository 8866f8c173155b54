package dev.longshore.blob;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.channels.FileChannel;

/**
 * Where the bytes of a body go, in order. Each call's future completes when the bytes are taken and more may come; it
 * fails when nobody wants them any more. Confined to one context.
 */
public interface BodySink {

    /**
     * The next bytes. They are the sink's to read until the future completes, and may be overwritten then: what it needs
     * for longer it copies.
     */
    Future<Void> write(Buffer bytes);

    /**
     * The next bytes, from a file: {@code length} bytes from {@code position} on, without copying them where the
     * transport can. The file must stay open, and its bytes as they are, until the future completes.
     */
    Future<Void> transfer(FileChannel file, long position, long length);
}
