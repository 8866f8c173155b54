package dev.longshore.http;

import dev.longshore.blob.BodySink;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannelConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.VertxConnection;
import java.nio.channels.FileChannel;

/**
 * The body of a response. Status and headers go out with the first bytes, so until then another answer can be given.
 * Confined to the request's context.
 *
 * <p>Vert.x sends a file only as the whole of a body; a blob that is still growing needs it piece by piece, which its
 * connection can do: {@link VertxConnection#sendFile} copies nothing on plain connections and reads by chunks on TLS.
 */
final class ResponseSink implements BodySink {

    private static final int LARGE_BYTES = 64 << 10;

    private final HttpServerResponse response;
    private final VertxConnection connection;
    private long sent;
    private long firstByteAt;

    ResponseSink(HttpServerRequest request) {
        response = request.response();
        connection = (VertxConnection) request.connection();
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
        Promise<Void> taken = Promise.promise();
        boolean held = length >= LARGE_BYTES && hold(true);
        connection.sendFile(file, position, length).addListener(done -> {
            if (held) {
                hold(false);
            }
            if (done.isSuccess()) {
                taken.complete();
            } else {
                taken.fail(done.cause());
            }
        });
        return taken.future();
    }

    /** Lets only full segments go out, until told otherwise: the kernel reads a file by parts, and each would wake the client. */
    private boolean hold(boolean held) {
        Channel channel = connection.channel();
        if (channel.isOpen() && channel.config() instanceof EpollSocketChannelConfig tcp) {
            tcp.setTcpCork(held);
            return true;
        }
        return false;
    }
}
