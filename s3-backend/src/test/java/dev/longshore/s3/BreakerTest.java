package dev.longshore.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class BreakerTest {

    private final AtomicLong nanos = new AtomicLong();
    private final Breaker breaker = new Breaker("images", Duration.ofSeconds(5), nanos::get);

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            breaker.failed(new IOException("reset"));
        }
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void aFailureNowAndThenStopsNobody() {
        fail(2);
        breaker.answered();
        fail(2);
        assertThat(breaker.isOpen()).isFalse();
    }

    @Test
    void afterThreeInARowNobodyAsksForAWhile() {
        fail(3);
        assertThat(breaker.isOpen()).isTrue();
        pass(Duration.ofMillis(4999));
        assertThat(breaker.isOpen()).isTrue();
        pass(Duration.ofMillis(1));
        assertThat(breaker.isOpen()).isFalse();
    }

    @Test
    void whoAsksAfterwardsInVainMakesTheOthersWaitAgain() {
        fail(3);
        pass(Duration.ofSeconds(6));
        fail(1);
        assertThat(breaker.isOpen()).isTrue();
    }

    @Test
    void anAnswerEndsIt() {
        fail(3);
        assertThat(breaker.problem()).hasValueSatisfying(why -> assertThat(why).contains("reset"));
        breaker.answered();
        assertThat(breaker.problem()).isEmpty();
        assertThat(breaker.isOpen()).isFalse();
        fail(2);
        assertThat(breaker.isOpen()).isFalse();
    }
}
