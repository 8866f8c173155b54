package dev.longshore.cluster;

import dev.longshore.http.LentBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How much of an answer is read at once, and into what. Large reads are what makes a relayed body cheap, and many bodies
 * that wait for their clients are what fills the memory: so reads are large while few connections are open, and where
 * the one before was not small. One read at a time, or sixteen would be done before a body that is held back is heeded.
 * Thread-safe.
 */
final class ReadSize extends DefaultMaxMessagesRecvByteBufAllocator {

    static final int LARGE_BYTES = LentBytes.SIZE;
    private static final int SMALL_BYTES = 64 * 1024;
    private static final int FEW = 16;

    private final AtomicInteger connections = new AtomicInteger();

    ReadSize() {
        super(1);
    }

    void opened() {
        connections.incrementAndGet();
    }

    void closed() {
        connections.decrementAndGet();
    }

    @Override
    public ExtendedHandle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return connections.get() <= FEW && lastBytesRead() >= SMALL_BYTES ? LARGE_BYTES : SMALL_BYTES;
            }

            @Override
            public ByteBuf allocate(ByteBufAllocator allocator) {
                return guess() == LARGE_BYTES ? LentBytes.take() : super.allocate(allocator);
            }
        };
    }
}
