package dev.longshore.loadtest;

import io.netty.channel.ChannelOption;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerConnection;
import java.time.Duration;

/**
 * The sending of one answer: one piece is on its way at a time, so that a slow client holds up no more than that.
 * Faults change its course before it starts. Confined to one context.
 */
public final class Delivery {
    private static final int LARGEST_PIECE = 256 * 1024;
    private static final int SMALLEST_PIECE = 1024;
    private static final int PIECES_PER_SECOND = 50;
    private static final long CATCH_UP_NANOS = Duration.ofMillis(100).toNanos();

    /** How an answer ends. */
    enum End {
        PROPERLY,
        CLOSED,
        RESET,
        NEVER
    }

    private final Vertx vertx;
    private final Context context;
    private final HttpServerRequest http;
    private final HttpServerResponse response;
    private final Answer answer;
    private final Exchange exchange;
    private final RequestLog log;

    Duration delay = Duration.ZERO;
    long bytesPerSecond = Long.MAX_VALUE;
    long breakAfter = Long.MAX_VALUE;
    End breakBy = End.PROPERLY;
    long overstatement;
    boolean withoutLength;

    private long position;
    private long due;

    Delivery(Vertx vertx, HttpServerRequest http, Answer answer, Exchange exchange, RequestLog log) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.http = http;
        this.response = http.response();
        this.answer = answer;
        this.exchange = exchange;
        this.log = log;
    }

    void start() {
        response.exceptionHandler(gone -> finish());
        response.closeHandler(closed -> finish());
        after(delay.toMillis(), this::sendHead);
    }

    private void sendHead() {
        if (exchange.finished()) {
            return;
        }
        if (breakAfter < 0) {
            breakOff();
            return;
        }
        exchange.answering(answer);
        response.setStatusCode(answer.status());
        answer.headers().forEach(response::putHeader);
        if (withoutLength) {
            response.setChunked(true);
        } else {
            response.putHeader("Content-Length", Long.toString(answer.length() + overstatement));
        }
        if (exchange.request().isHead()) {
            end();
            return;
        }
        due = System.nanoTime();
        response.writeHead().onSuccess(sent -> sendPiece());
    }

    private void sendPiece() {
        long stop = Math.min(answer.length(), breakAfter);
        if (exchange.finished()) {
            return;
        }
        if (position < stop) {
            int length = (int) Math.min(piece(), stop - position);
            exchange.sending(length);
            response.write(answer.body().read(answer.offset() + position, length))
                    .onSuccess(written -> sendNext(length))
                    .onFailure(failure -> exchange.sending(-length));
        } else if (position < answer.length()) {
            breakOff();
        } else {
            end();
        }
    }

    private long piece() {
        return Math.max(SMALLEST_PIECE, Math.min(LARGEST_PIECE, bytesPerSecond / PIECES_PER_SECOND));
    }

    /** Waits by a schedule that starts with the head, so that the imprecision of timers does not add up. */
    private void sendNext(int length) {
        position += length;
        long now = System.nanoTime();
        due = Math.max(due + (long) (length * 1e9 / bytesPerSecond), now - CATCH_UP_NANOS);
        after((due - now) / 1_000_000, this::sendPiece);
    }

    private void after(long millis, Runnable action) {
        if (millis > 0) {
            vertx.setTimer(millis, timer -> action.run());
        } else {
            context.runOnContext(now -> action.run());
        }
    }

    private void end() {
        response.end().onComplete(ended -> {
            finish();
            if (overstatement != 0) {
                http.connection().close(); // nothing that follows such a body could be understood
            }
        });
    }

    private void breakOff() {
        switch (breakBy) {
            case PROPERLY -> end();
            case CLOSED -> http.connection().close();
            case RESET -> reset();
            case NEVER -> {}
        }
    }

    /** Closes with a reset packet; the client may lose bytes that it had not read. */
    private void reset() {
        HttpServerConnection connection = (HttpServerConnection) http.connection();
        connection.channelHandlerContext().channel().config().setOption(ChannelOption.SO_LINGER, 0);
        connection.close();
    }

    private void finish() {
        if (!exchange.finished()) {
            log.end(exchange);
        }
    }
}
