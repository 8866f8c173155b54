package dev.longshore.http;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.net.impl.VertxConnection;
import java.nio.channels.FileChannel;

/**
 * Bytes of a file that go into a connection by the kernel, without being copied; on TLS they are read by chunks. Vert.x
 * sends a file only as the whole of a body; a blob that is still growing needs it piece by piece, which
 * {@link VertxConnection#sendFile} can do. Confined to the connection's context.
 *
 * <p>How a file is cut into segments decides how fast it is read on the same machine. The kernel takes a file by parts of
 * 64 KiB, of which a segment of loopback holds all but 53 bytes. Corked, each segment begins where the one before ended,
 * in the middle of a page, and some processors copy that at a sixth of their speed; not corked, each 53 bytes are a
 * segment that wakes the reader. So much of a file goes out in pieces that are whole pages and one segment each. Little
 * of it, as many readers of small blobs get, is corked, for then it is the fewer segments that count; and where segments
 * are small a network card copies, to which it is all one.
 */
final class Sendfile {

    private static final int PAGE_BYTES = 4096;
    private static final int LARGE_SEGMENT = 32 << 10;
    private static final int WORTH_CORKING = 64 << 10;
    private static final int WORTH_CUTTING = 8 << 20;

    private final VertxConnection connection;

    Sendfile(VertxConnection connection) {
        this.connection = connection;
    }

    /** Completes when the connection has taken {@code length} bytes of {@code file} from {@code position} on. */
    Future<Void> send(FileChannel file, long position, long length) {
        Promise<Void> taken = Promise.promise();
        Channel channel = connection.channel();
        if (length < WORTH_CORKING || !channel.isOpen() || !(channel instanceof EpollSocketChannel tcp)) {
            connection.sendFile(file, position, length).addListener(sent -> complete(taken, sent));
            return taken.future();
        }
        long segment = length < WORTH_CUTTING ? 0 : tcp.tcpInfo().sndMss();
        if (segment >= LARGE_SEGMENT) {
            sendPages(file, position, position + length, segment, taken);
        } else {
            tcp.config().setTcpCork(true);
            connection.sendFile(file, position, length).addListener(sent -> {
                if (tcp.isOpen()) {
                    tcp.config().setTcpCork(false);
                }
                complete(taken, sent);
            });
        }
        return taken.future();
    }

    private void sendPages(FileChannel file, long from, long end, long segment, Promise<Void> taken) {
        long to = Math.min(end, (from + segment) / PAGE_BYTES * PAGE_BYTES);
        connection.sendFile(file, from, to - from).addListener(sent -> {
            if (sent.isSuccess() && to < end) {
                sendPages(file, to, end, segment, taken);
            } else {
                complete(taken, sent);
            }
        });
    }

    private static void complete(Promise<Void> taken, io.netty.util.concurrent.Future<?> sent) {
        if (sent.isSuccess()) {
            taken.complete();
        } else {
            taken.fail(sent.cause());
        }
    }
}
