package dev.longshore.upstream;

import static dev.longshore.upstream.UpstreamFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.upstream.Permits.Permit;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PermitsTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        await(vertx.close());
    }

    @Test
    void bodiesLeaveOneToQuestions() {
        Permits permits = new Permits(vertx, 2);
        await(permits.acquire(true, LONG));
        Future<Permit> body = permits.acquire(true, LONG);
        Future<Permit> question = permits.acquire(false, LONG);

        assertThat(body.isComplete()).isFalse();
        assertThat(question.succeeded()).isTrue();
        question.result().release();
        assertThat(body.isComplete()).isFalse();
    }

    @Test
    void questionsGoFirstAndThenWhoeverAskedFirst() {
        Permits permits = new Permits(vertx, 1);
        Permit held = await(permits.acquire(true, LONG));
        Future<Permit> body = permits.acquire(true, LONG);
        Future<Permit> first = permits.acquire(false, LONG);
        Future<Permit> second = permits.acquire(false, LONG);

        held.release();
        assertThat(first.succeeded()).isTrue();
        assertThat(second.isComplete()).isFalse();
        first.result().release();
        assertThat(second.succeeded()).isTrue();
        assertThat(body.isComplete()).isFalse();
        second.result().release();
        assertThat(body.succeeded()).isTrue();
    }

    @Test
    void permitIsGivenBackOnce() {
        Permits permits = new Permits(vertx, 1);
        Permit held = await(permits.acquire(false, LONG));
        held.release();
        held.release();

        await(permits.acquire(false, LONG));
        assertThat(permits.acquire(false, LONG).isComplete()).isFalse();
    }

    @Test
    void whoGivesUpTakesNothing() {
        Permits permits = new Permits(vertx, 1);
        Permit held = await(permits.acquire(false, LONG));
        Future<Permit> impatient = permits.acquire(false, Duration.ofMillis(1));
        assertThatThrownBy(() -> await(impatient)).hasCauseInstanceOf(TimeoutException.class);

        held.release();
        assertThat(permits.acquire(false, LONG).succeeded()).isTrue();
    }
}
