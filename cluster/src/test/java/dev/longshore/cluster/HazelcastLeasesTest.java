package dev.longshore.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.longshore.config.Listen;
import dev.longshore.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Leases in a map that answers, late, or not at all. */
final class HazelcastLeasesTest {

    private static final Digest DIGEST = Digest.of(new byte[0]);
    private static final Digest ANOTHER = Digest.of(new byte[1]);
    private static final Node NODE = Node.at(new Listen("node-1", 5100));

    private final Vertx vertx = Vertx.vertx();
    private final WorkerExecutor workers = vertx.createSharedWorkerExecutor("leases");
    private final Frozen frozen = new Frozen();

    @AfterEach
    void close() {
        frozen.thaw.countDown();
        get(vertx.close());
    }

    @Test
    void whatAnotherNodeFetchesIsItsOwnUntilThatNodeIsGone() {
        Map<String, Node> present = new ConcurrentHashMap<>(Map.of("other", NODE));
        ConcurrentMap<String, String> holders = new ConcurrentHashMap<>(Map.of(DIGEST.toString(), "other"));
        HazelcastLeases leases = leases(holders, present);
        await().untilAsserted(() -> assertThat(get(leases.take(DIGEST))).contains(NODE));
        present.clear();
        assertThat(get(leases.take(DIGEST))).isEmpty();
        await().untilAsserted(() -> assertThat(holders).containsEntry(DIGEST.toString(), "self"));
    }

    @Test
    void theLeaseOfAnotherIsNotReleased() {
        ConcurrentMap<String, String> holders = new ConcurrentHashMap<>(Map.of(DIGEST.toString(), "other"));
        HazelcastLeases leases = leases(holders, Map.of("other", NODE));
        get(leases.take(DIGEST));
        get(leases.take(ANOTHER));
        leases.release(DIGEST);
        leases.release(ANOTHER);
        await().untilAsserted(() -> assertThat(holders).containsOnly(Map.entry(DIGEST.toString(), "other")));
    }

    @Test
    void withoutAnAnswerTheFetchGoesOnAndForAWhileNobodyIsAskedAgain() {
        HazelcastLeases leases = leases(frozen, Map.of());
        long began = System.nanoTime();
        assertThat(get(leases.take(DIGEST))).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .isBetween(Duration.ofMillis(400), Duration.ofSeconds(6));
        assertThat(leases.timeouts()).isEqualTo(1);

        assertThat(leases.take(ANOTHER).succeeded()).isTrue();
        assertThat(leases.timeouts()).isEqualTo(2);
        assertThat(frozen.asked).hasValue(1);
    }

    @Test
    void aLeaseThatComesLateIsHeldAndReleased() {
        HazelcastLeases leases = leases(frozen, Map.of());
        get(leases.take(DIGEST));
        frozen.thaw.countDown();
        await().untilAsserted(() -> assertThat(frozen).containsEntry(DIGEST.toString(), "self"));
        leases.release(DIGEST);
        await().untilAsserted(() -> assertThat(frozen).isEmpty());
    }

    @Test
    void aFailureIsNoAnswerEither() {
        HazelcastLeases leases = leases(new Broken(), Map.of());
        assertThat(get(leases.take(DIGEST))).isEmpty();
        assertThat(leases.timeouts()).isEqualTo(1);
    }

    @Test
    void aNodeThatIsAloneHoldsEveryLease() {
        FillLeases none = FillLeases.none();
        assertThat(get(none.take(DIGEST))).isEmpty();
        none.release(DIGEST);
        assertThat(get(none.take(DIGEST))).isEmpty();
    }

    private HazelcastLeases leases(ConcurrentMap<String, String> holders, Map<String, Node> present) {
        return new HazelcastLeases(
                vertx, workers, () -> holders, "self", process -> Optional.ofNullable(present.get(process)));
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.await(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** Answers nobody before it thaws. */
    private static final class Frozen extends ConcurrentHashMap<String, String> {

        private final transient CountDownLatch thaw = new CountDownLatch(1);
        private final AtomicInteger asked = new AtomicInteger();

        @Override
        public String putIfAbsent(String key, String value) {
            asked.incrementAndGet();
            try {
                thaw.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return super.putIfAbsent(key, value);
        }
    }

    private static final class Broken extends ConcurrentHashMap<String, String> {

        @Override
        public String putIfAbsent(String key, String value) {
            throw new IllegalStateException("not active");
        }
    }
}
