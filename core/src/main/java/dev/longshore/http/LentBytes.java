package dev.longshore.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Memory for the bytes of a large body that go out as they came in. Vert.x passes it on as it is, where it would copy
 * Netty's own buffers, and it is not cleared before each read. A {@link Relay} gives it back when its sink has taken the
 * bytes; what nobody gives back is the garbage collector's. Confined to one context, but for its memory.
 */
public final class LentBytes extends UnpooledDirectByteBuf {

    public static final int SIZE = 256 * 1024;

    private static final int MOST_FREE = 64;
    private static final BlockingQueue<ByteBuffer> FREE = new ArrayBlockingQueue<>(MOST_FREE);

    private final ByteBuffer memory;

    private LentBytes(ByteBuffer memory) {
        super(UnpooledByteBufAllocator.DEFAULT, memory, SIZE);
        this.memory = memory;
        clear();
    }

    /** Room for {@link #SIZE} bytes. */
    public static ByteBuf take() {
        ByteBuffer memory = FREE.poll();
        return new LentBytes(memory == null ? ByteBuffer.allocateDirect(SIZE) : memory);
    }

    /** The bytes themselves, and not a copy: for as long as whoever gave them waits. */
    public static ByteBuffer view(Buffer bytes) {
        return ((BufferInternal) bytes).getByteBuf().nioBuffer();
    }

    /** To be called once for each buffer that was read; nobody looks at {@code bytes} any more. Others are left alone. */
    static void giveBack(Buffer bytes) {
        ByteBuf root = ((BufferInternal) bytes).unwrap();
        while (root.unwrap() != null) {
            root = root.unwrap();
        }
        if (root instanceof LentBytes) {
            root.release();
        }
    }

    @Override
    protected void deallocate() {
        super.deallocate();
        FREE.offer(memory);
    }
}
