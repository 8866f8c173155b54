package dev.longshore.http;

import dev.longshore.blob.BodySink;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Somebody's answer to a request of ours: its head has been read, its body waits. It is read, relayed or cancelled,
 * once; then the connection is free again or closed. Confined to one context.
 */
public class Reply {

    /**
     * A rest of a body up to this size is read to its end if that comes soon, for the sake of the connection, and since
     * it may be in memory already: resetting a response that has arrived entirely would close a connection which somebody
     * else is using by then.
     */
    private static final long WORTH_READING = 1024 * 1024;

    private static final long READING_MILLIS = 200;

    private static final Pattern NEXT =
            Pattern.compile("<[^<>?]*\\?([^<>#\\s]*)[^<>]*>\\s*;[^,]*\\brel=\"?next\\b", Pattern.CASE_INSENSITIVE);

    private final Vertx vertx;
    private final HttpClientResponse response;
    private final Duration idle;
    private final Promise<Void> over = Promise.promise();
    private @Nullable Relay relay;
    private boolean leaving;

    /**
     * @param response paused in the very step that brought it
     * @param idle how long the body may be silent
     */
    public Reply(Vertx vertx, HttpClientResponse response, Duration idle) {
        this.vertx = vertx;
        this.response = response;
        this.idle = idle;
        // Whoever reads it sets its own; until then a broken connection is not worth a line in the log.
        response.exceptionHandler(e -> {});
    }

    /** Completes when its connection carries nothing of it any more. */
    public final Future<Void> over() {
        return over.future();
    }

    public final int status() {
        return response.statusCode();
    }

    public final Optional<String> header(CharSequence name) {
        return Optional.ofNullable(response.getHeader(name));
    }

    public final Iterable<String> headers(CharSequence name) {
        return response.headers().getAll(name);
    }

    /** The announced length of the content, -1 where there is none. */
    public final long length() {
        String value = response.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return value == null ? -1 : Long.parseLong(value);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /**
     * Writes {@code take} bytes of the body, after the first {@code skip}, to {@code sink}; completes with their number.
     *
     * @param length of the body, where that is known from elsewhere than its own head; or -1
     */
    public final Future<Long> relay(BodySink sink, long skip, long take, long length) {
        Relay running = new Relay(vertx, response, length < 0 ? bodyLength() : length, idle, this::leave);
        relay = running;
        return running.run(sink, skip, take).onComplete(end -> {
            if (!leaving) {
                over.tryComplete();
            }
        });
    }

    /** The query of the page after this one of a list. Source: RFC 8288. */
    public final Optional<String> nextPage() {
        for (String link : response.headers().getAll(Headers.LINK)) {
            Matcher matcher = NEXT.matcher(link);
            if (matcher.find()) {
                return Optional.of(matcher.group(1)).filter(query -> !query.isEmpty());
            }
        }
        return Optional.empty();
    }

    /** How many bytes of the body have come to be relayed. */
    public final long received() {
        return relay == null ? 0 : relay.received();
    }

    /** All of a small body; fails, as soon as that is known, when it is longer than {@code limit}. */
    public final Future<Buffer> body(int limit) {
        RegistryException tooLong =
                new RegistryException(ErrorCode.UPSTREAM_UNAVAILABLE, "the body is longer than " + limit + " bytes");
        if (bodyLength() > limit) {
            cancel(tooLong);
            return Future.failedFuture(tooLong);
        }
        Collected collected = new Collected(limit, tooLong);
        return relay(collected, 0, Long.MAX_VALUE, -1).map(count -> collected.bytes);
    }

    /** Lets go of an answer nobody wants; completes when its connection carries nothing any more. */
    public final Future<Void> discard() {
        leave(0);
        return over.future();
    }

    /** Stops it, whatever it is doing; without effect when it is over. */
    public final void cancel(Throwable cause) {
        if (relay != null) {
            relay.cancel(cause);
        } else {
            leave(0);
        }
    }

    private long bodyLength() {
        return response.request().getMethod().equals(HttpMethod.HEAD) ? 0 : length();
    }

    private void leave(long read) {
        if (leaving || over.future().isComplete()) {
            return;
        }
        leaving = true;
        long rest = bodyLength() - read;
        if (rest < 0 || rest > WORTH_READING) {
            reset();
            return;
        }
        long timer = vertx.setTimer(READING_MILLIS, id -> reset());
        over.future().onComplete(v -> vertx.cancelTimer(timer));
        try {
            response.handler(LentBytes::giveBack);
            response.exceptionHandler(e -> over.tryComplete());
            response.endHandler(v -> over.tryComplete());
            response.resume();
        } catch (IllegalStateException e) {
            // It has broken already, and so it takes no handlers.
            over.tryComplete();
        }
    }

    private void reset() {
        response.request().reset();
        over.tryComplete();
    }

    /** A small body, in memory. Confined to one context. */
    private static final class Collected implements BodySink {

        private final int limit;
        private final RegistryException tooLong;
        private final Buffer bytes = Buffer.buffer();

        Collected(int limit, RegistryException tooLong) {
            this.limit = limit;
            this.tooLong = tooLong;
        }

        @Override
        public Future<Void> write(Buffer more) {
            if (bytes.length() + more.length() > limit) {
                return Future.failedFuture(tooLong);
            }
            bytes.appendBuffer(more);
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            throw new IllegalStateException("a body from elsewhere is no file");
        }
    }
}
