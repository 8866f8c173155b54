package dev.longshore.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpClientConnection;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, in the buffers that the network wrote it to: each is lent, and read into again once it is given
 * back. Vert.x would copy each, and collect sixteen of them for a reader who has paused; here a reader who has paused is
 * owed what one read had brought. Confined to the event loop of its connection.
 */
final class DirectBody implements ReadStream<Buffer> {

    private static final String CODEC = "codec";
    private static final String TAP = "direct-body";

    /** A smaller piece is copied: it would keep a large buffer from being used again. */
    private static final int WORTH_LENDING = 64 * 1024;

    /** Many slow readers must not use up what the network reads into; past this, pieces wait on the heap. */
    private static final long MAX_LENT = PlatformDependent.maxDirectMemory() / 4;

    private static final AtomicLong LENT = new AtomicLong();

    private final HttpClientResponse response;
    private final Tap tap;
    private final IdentityHashMap<Buffer, ByteBuf> lent = new IdentityHashMap<>();
    private @Nullable Handler<Buffer> handler;

    private DirectBody(HttpClientResponse response, Tap tap) {
        this.response = response;
        this.tap = tap;
    }

    /** Lets the answers that come on {@code connection}, which is new, be read directly. */
    static void prepare(HttpConnection connection) {
        ((HttpClientConnection) connection).channelHandlerContext().pipeline().addAfter(CODEC, TAP, new Tap());
    }

    /**
     * The body of {@code response}, paused: read directly where its connection was prepared for that, else as Vert.x reads
     * it. Called in the very step that brought it.
     */
    static ReadStream<Buffer> of(HttpClientResponse response) {
        ChannelHandlerContext channel =
                ((HttpClientConnection) response.request().connection()).channelHandlerContext();
        if (channel.pipeline().get(TAP) instanceof Tap tap && channel.executor().inEventLoop()) {
            DirectBody body = new DirectBody(response, tap);
            if (tap.claim(body)) {
                return body;
            }
        }
        return response;
    }

    /** Ends the loan of {@code piece}, which came from {@code source}; nobody may read it any more. */
    static void giveBack(ReadStream<Buffer> source, Buffer piece) {
        if (source instanceof DirectBody body) {
            ByteBuf bytes = body.lent.remove(piece);
            if (bytes != null) {
                LENT.addAndGet(-piece.length());
                bytes.release();
            }
        }
    }

    private void received(ByteBuf bytes) {
        Buffer piece;
        if (bytes.readableBytes() < WORTH_LENDING || handler == null || LENT.get() > MAX_LENT) {
            piece = Buffer.buffer(ByteBufUtil.getBytes(bytes));
            bytes.release();
        } else {
            piece = BufferInternal.buffer(bytes);
            lent.put(piece, bytes);
            LENT.addAndGet(piece.length());
        }
        if (handler != null) {
            handler.handle(piece);
        }
    }

    @Override
    public ReadStream<Buffer> handler(@Nullable Handler<Buffer> other) {
        handler = other;
        return this;
    }

    @Override
    public ReadStream<Buffer> pause() {
        tap.hold(this);
        return this;
    }

    @Override
    public ReadStream<Buffer> resume() {
        response.resume();
        tap.flow(this);
        return this;
    }

    @Override
    public ReadStream<Buffer> fetch(long amount) {
        return resume();
    }

    @Override
    public ReadStream<Buffer> endHandler(@Nullable Handler<Void> other) {
        response.endHandler(other);
        return this;
    }

    @Override
    public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> other) {
        response.exceptionHandler(other);
        return this;
    }

    /**
     * Where the bodies of one connection leave it, before Vert.x sees them: of a body that was claimed Vert.x gets only
     * the end, when the reader has got everything before. Confined to the connection's event loop.
     */
    private static final class Tap extends ChannelInboundHandlerAdapter {

        private final Deque<HttpContent> waiting = new ArrayDeque<>();
        private @Nullable ChannelHandlerContext channel;
        private @Nullable DirectBody reader;
        private boolean claimable;
        private boolean flowing;

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            channel = context;
        }

        boolean claim(DirectBody body) {
            if (!claimable) {
                return false;
            }
            reader = body;
            hold(body);
            return true;
        }

        void hold(DirectBody body) {
            if (body == reader) {
                flowing = false;
                read(false);
            }
        }

        void flow(DirectBody body) {
            if (body != reader || flowing) {
                return;
            }
            flowing = true;
            while (body == reader && flowing && !waiting.isEmpty()) {
                pass(waiting.remove());
            }
            if (body == reader && flowing) {
                read(true);
            }
        }

        private void read(boolean on) {
            if (channel != null) {
                channel.channel().config().setAutoRead(on);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof HttpResponse) {
                claimable = true;
                context.fireChannelRead(message);
                claimable = false;
            } else if (reader == null || !(message instanceof HttpContent content)) {
                context.fireChannelRead(message);
            } else if (!waiting.isEmpty() || !flowing && content.content().isReadable()) {
                waiting.add(content);
            } else {
                pass(content);
            }
        }

        private void pass(HttpContent content) {
            if (content.content().isReadable() && reader != null) {
                reader.received(content.content());
            } else {
                content.release();
            }
            if (content instanceof LastHttpContent && channel != null) {
                reader = null;
                read(true);
                channel.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            reader = null;
            waiting.forEach(HttpContent::release);
            waiting.clear();
            context.fireChannelInactive();
        }
    }
}
