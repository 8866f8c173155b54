package dev.longshore.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.blob.BodySink;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RelayTest {

    private static final long ALL = Long.MAX_VALUE;

    private final Vertx vertx = Vertx.vertx();
    private final Source source = new Source();
    private final Sink sink = new Sink();
    private final List<Long> abandoned = new ArrayList<>();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void completesOnlyWhenTheLastByteIsTaken() {
        Future<Long> relay = relay(5, Duration.ofMinutes(1)).run(sink, 0, ALL);
        source.send("hello");
        source.end();

        assertThat(relay.isComplete()).isFalse();
        sink.take();
        assertThat(relay.result()).isEqualTo(5);
        assertThat(sink.bytes).hasToString("hello");
        assertThat(abandoned).isEmpty();
    }

    @Test
    void skipsAndStops() {
        Future<Long> relay = relay(10, Duration.ofMinutes(1)).run(sink, 2, 5);
        source.send("0123");
        source.send("4567");
        sink.take();

        assertThat(relay.result()).isEqualTo(5);
        assertThat(sink.bytes).hasToString("23456");
        assertThat(abandoned).containsExactly(8L);
    }

    @Test
    void partThatReachesTheEndWaitsForTheEnd() {
        Future<Long> relay = relay(4, Duration.ofMinutes(1)).run(sink, 2, 2);
        source.send("0123");
        sink.take();

        assertThat(relay.isComplete()).isFalse();
        source.end();
        assertThat(relay.result()).isEqualTo(2);
        assertThat(abandoned).isEmpty();
    }

    @Test
    void holdsTheSourceBackWhileTheSinkIsFull() {
        Future<Long> relay = relay(-1, Duration.ofMinutes(1)).run(sink, 0, ALL);
        source.send(Buffer.buffer(new byte[Relay.UNTAKEN]));
        assertThat(source.paused).isFalse();

        source.send("more");
        assertThat(source.paused).isTrue();
        sink.take();
        assertThat(source.paused).isFalse();
        assertThat(relay.isComplete()).isFalse();
    }

    @Test
    void earlyEndIsAFailure() {
        Future<Long> relay = relay(6, Duration.ofMinutes(1)).run(sink, 0, ALL);
        source.send("hello");
        source.end();

        assertRetryable(relay, ErrorCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    void excessIsAFailureAndIsNotWritten() {
        Future<Long> relay = relay(4, Duration.ofMinutes(1)).run(sink, 0, ALL);
        source.send("hello");

        assertRetryable(relay, ErrorCode.UPSTREAM_UNAVAILABLE);
        assertThat(sink.bytes.length()).isZero();
        assertThat(abandoned).hasSize(1);
    }

    @Test
    void breakIsAFailure() {
        Future<Long> relay = relay(-1, Duration.ofMinutes(1)).run(sink, 0, ALL);
        source.send("hello");
        source.fail();

        assertRetryable(relay, ErrorCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    void failureOfTheSinkIsItsOwn() {
        Future<Long> relay = relay(10, Duration.ofMinutes(1)).run(sink, 0, ALL);
        IllegalStateException gone = new IllegalStateException("gone");
        source.send("hello");
        sink.refuse(gone);

        assertThat(relay.cause()).isSameAs(gone);
        assertThat(abandoned).containsExactly(5L);
    }

    @Test
    void silenceIsAFailure() {
        Future<Long> relay = relay(10, Duration.ofMillis(50)).run(sink, 0, ALL);
        source.send("hello");

        Awaitility.await().until(relay::isComplete);
        assertRetryable(relay, ErrorCode.UPSTREAM_TIMEOUT);
    }

    @Test
    void silenceOfASourceThatIsHeldBackIsNone() {
        Future<Long> relay = relay(-1, Duration.ofMillis(1500)).run(sink, 0, ALL);
        source.send(Buffer.buffer(new byte[Relay.UNTAKEN + 1]));

        Awaitility.await().during(Duration.ofMillis(2500)).until(() -> !relay.isComplete());
    }

    @Test
    void cancellationFailsItOnce() {
        Relay relay = relay(10, Duration.ofMinutes(1));
        Future<Long> running = relay.run(sink, 0, ALL);
        IllegalStateException cause = new IllegalStateException("closed");
        relay.cancel(cause);
        relay.cancel(new IllegalStateException("again"));
        source.send("late");

        assertThat(running.cause()).isSameAs(cause);
        assertThat(abandoned).containsExactly(0L);
        assertThat(sink.bytes.length()).isZero();
    }

    private Relay relay(long length, Duration idle) {
        return new Relay(vertx, source, length, idle, abandoned::add);
    }

    private static void assertRetryable(Future<Long> relay, ErrorCode code) {
        assertThat(relay.cause()).isInstanceOfSatisfying(RegistryException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.retryable()).isTrue();
        });
    }

    /** A sink that takes when it is told to. */
    private static final class Sink implements BodySink {

        private final Buffer bytes = Buffer.buffer();
        private final Deque<Promise<Void>> writes = new ArrayDeque<>();

        @Override
        public Future<Void> write(Buffer more) {
            bytes.appendBuffer(more);
            Promise<Void> promise = Promise.promise();
            writes.add(promise);
            return promise.future();
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            throw new IllegalStateException("a relay has no files");
        }

        void take() {
            while (!writes.isEmpty()) {
                writes.remove().complete();
            }
        }

        void refuse(Throwable cause) {
            writes.remove().fail(cause);
        }
    }

    /** A stream that sends what it is told to. */
    private static final class Source implements ReadStream<Buffer> {

        private @Nullable Handler<Buffer> handler;
        private @Nullable Handler<Void> endHandler;
        private @Nullable Handler<Throwable> exceptionHandler;
        private boolean paused = true;

        void send(String text) {
            send(Buffer.buffer(text));
        }

        void send(Buffer bytes) {
            if (handler != null) {
                handler.handle(bytes);
            }
        }

        void end() {
            if (endHandler != null) {
                endHandler.handle(null);
            }
        }

        void fail() {
            if (exceptionHandler != null) {
                exceptionHandler.handle(new IllegalStateException("reset"));
            }
        }

        @Override
        public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> other) {
            exceptionHandler = other;
            return this;
        }

        @Override
        public ReadStream<Buffer> handler(@Nullable Handler<Buffer> other) {
            handler = other;
            return this;
        }

        @Override
        public ReadStream<Buffer> endHandler(@Nullable Handler<Void> other) {
            endHandler = other;
            return this;
        }

        @Override
        public ReadStream<Buffer> pause() {
            paused = true;
            return this;
        }

        @Override
        public ReadStream<Buffer> resume() {
            paused = false;
            return this;
        }

        @Override
        public ReadStream<Buffer> fetch(long amount) {
            return resume();
        }
    }
}
