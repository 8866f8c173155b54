package dev.longshore.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import org.junit.jupiter.api.Test;

final class LentBytesTest {

    private static ByteBuf read(String text) {
        return LentBytes.take().writeBytes(text.getBytes(UTF_8));
    }

    @Test
    void eachReadHasRoomOfItsOwn() {
        ByteBuf one = read("one");
        ByteBuf other = read("other");

        assertThat(one.toString(UTF_8)).isEqualTo("one");
        assertThat(other.toString(UTF_8)).isEqualTo("other");
        assertThat(one.maxWritableBytes()).isEqualTo(LentBytes.SIZE - 3);
    }

    /** The way through Vert.x: a part of what was read is a buffer, of which a part is passed on. */
    @Test
    void isFreeWhenAllThatWasMadeOfItIsGivenBack() {
        ByteBuf read = read("a head, a body and the next");
        Buffer body = BufferInternal.safeBuffer(read.readRetainedSlice(6));
        Buffer next = BufferInternal.safeBuffer(read.readRetainedSlice(7));
        read.release();

        LentBytes.giveBack(body.slice(2, 4));
        assertThat(read.refCnt()).isEqualTo(1);
        LentBytes.giveBack(next);
        assertThat(read.refCnt()).isZero();
    }

    @Test
    void othersAreLeftAlone() {
        ByteBuf other = Unpooled.directBuffer(8).writeLong(1);

        LentBytes.giveBack(BufferInternal.buffer(other));
        LentBytes.giveBack(Buffer.buffer("on the heap"));

        assertThat(other.refCnt()).isEqualTo(1);
        other.release();
    }
}
