package dev.longshore.http;

import dev.longshore.blob.BodySink;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.VertxConnection;
import java.nio.channels.FileChannel;

/**
 * The body of a response. Status and headers go out with the first bytes, so until then another answer can be given.
 * Confined to the request's context.
 */
final class ResponseSink implements BodySink {

    private final HttpServerResponse response;
    private final Sendfile files;
    private long sent;
    private long firstByteAt;

    ResponseSink(HttpServerRequest request) {
        response = request.response();
        files = new Sendfile((VertxConnection) request.connection());
    }

    /** The bytes given to the connection so far. */
    long sent() {
        return sent;
    }

    /** By the process's own clock, in nanoseconds; now, when no byte was given yet. */
    long firstByteAt() {
        return sent == 0 ? System.nanoTime() : firstByteAt;
    }

    private void sending(long bytes) {
        if (sent == 0) {
            firstByteAt = System.nanoTime();
        }
        sent += bytes;
    }

    @Override
    public Future<Void> write(Buffer bytes) {
        sending(bytes.length());
        return response.write(bytes);
    }

    @Override
    public Future<Void> transfer(FileChannel file, long position, long length) {
        if (response.closed()) {
            return Future.failedFuture("the client has gone");
        }
        if (!response.headWritten()) {
            response.writeHead();
        }
        sending(length);
        return files.send(file, position, length);
    }
}
