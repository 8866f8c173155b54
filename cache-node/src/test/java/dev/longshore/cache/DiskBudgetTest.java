package dev.longshore.cache;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.longshore.cache.DiskBudget.Entry;
import dev.longshore.cache.DiskBudget.Reservation;
import dev.longshore.oci.Digest;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A budget of 100 blocks, on a disk of which a test says how much is free. */
final class DiskBudgetTest {

    private static final int BLOCK = 4096;
    private static final long CAPACITY = 100 * BLOCK;
    private static final Duration FRESH = Duration.ofMinutes(10);

    private final TurnedClock clock = new TurnedClock();
    private final Map<Digest, Long> disk = new HashMap<>();
    private final Set<Digest> evicted = new LinkedHashSet<>();
    private long room = Long.MAX_VALUE / 2;
    private final DiskBudget budget = budget(0);

    private DiskBudget budget(long minFree) {
        return new DiskBudget(CAPACITY, minFree, () -> room - onDisk(), this::evict, Runnable::run, clock);
    }

    private void evict(Digest digest) {
        disk.remove(digest);
        evicted.add(digest);
    }

    private long onDisk() {
        return disk.values().stream().mapToLong(bytes -> bytes).sum();
    }

    private static Digest blob(int number) {
        return Digest.of(new byte[] {(byte) number, (byte) (number >> 8)});
    }

    private boolean publish(int number, long size) {
        return publish(budget, number, size);
    }

    private boolean publish(DiskBudget into, int number, long size) {
        Optional<Reservation> space = into.reserve(size);
        space.ifPresent(held -> into.publish(blob(number), Optional.of(held), () -> {
            disk.put(blob(number), size);
            return new Entry(size, 0, true);
        }));
        return space.isPresent();
    }

    private void settleAll() {
        clock.turn(FRESH);
        budget.settle();
    }

    @Test
    void whatFitsStays() {
        IntStream.range(0, 10).forEach(i -> assertThat(publish(i, 10 * BLOCK)).isTrue());
        settleAll();
        assertThat(evicted).isEmpty();
        IntStream.range(0, 10).forEach(i -> assertThat(budget.use(blob(i))).isPresent());
    }

    @Test
    void whatIsLargerThanTheCapacityGetsNoSpaceAndCostsNobodyTheirs() {
        publish(1, 10 * BLOCK);
        settleAll();
        assertThat(budget.reserve(CAPACITY + 1)).isEmpty();
        assertThat(evicted).isEmpty();
        assertThat(budget.use(blob(1))).isPresent();
    }

    @Test
    void whatIsReservedIsNotGivenTwice() {
        Reservation first = budget.reserve(60 * BLOCK).orElseThrow();
        assertThat(budget.reserve(60 * BLOCK)).isEmpty();
        first.close();
        first.close();
        assertThat(budget.reserve(100 * BLOCK)).isPresent();
        assertThat(budget.reserve(1)).as("closing twice gives back once").isEmpty();
    }

    @Test
    void aReservationGrowsWhileThereIsSpace() {
        Reservation space = budget.reserve(60 * BLOCK).orElseThrow();
        assertThat(space.extend(30 * BLOCK)).isTrue();
        assertThat(space.bytes()).isEqualTo(90 * BLOCK);
        assertThat(space.extend(20 * BLOCK)).isFalse();
        assertThat(space.bytes()).isEqualTo(90 * BLOCK);
    }

    @Test
    void aFillEvictsWhatHasSettled() {
        IntStream.range(0, 10).forEach(i -> publish(i, 10 * BLOCK));
        settleAll();
        assertThat(budget.reserve(50 * BLOCK)).isPresent();
        assertThat(onDisk()).isLessThanOrEqualTo(50 * BLOCK);
    }

    @Test
    void anOftenUsedBlobOutlivesManyThatAreUsedOnce() {
        publish(1000, 10 * BLOCK);
        settleAll();
        for (int i = 0; i < 200; i++) {
            IntStream.range(0, 5).forEach(use -> budget.use(blob(1000)));
            publish(i, 10 * BLOCK);
            settleAll();
        }
        assertThat(disk).containsKey(blob(1000));
        assertThat(onDisk()).isLessThanOrEqualTo(CAPACITY);
    }

    @Test
    void aNewcomerIsNotTurnedAwayForTenMinutes() {
        IntStream.range(0, 10).forEach(i -> publish(i, 10 * BLOCK));
        settleAll();
        for (int i = 0; i < 10; i++) {
            int hot = i;
            IntStream.range(0, 20).forEach(use -> budget.use(blob(hot)));
        }
        assertThat(publish(1000, 10 * BLOCK)).isTrue();
        clock.turn(FRESH.minusSeconds(1));
        budget.settle();
        assertThat(disk).containsKey(blob(1000));
    }

    @Test
    void whenOnlyNewcomersAreLeftTheOldestSettleEarly() {
        IntStream.range(0, 10).forEach(i -> publish(i, 10 * BLOCK));
        assertThat(publish(10, 40 * BLOCK)).isTrue();
        assertThat(disk).containsKey(blob(10));
        assertThat(onDisk()).isLessThanOrEqualTo(CAPACITY);
    }

    @Test
    void theRequiredRestOfTheDiskIsLeftAlone() {
        DiskBudget careful = budget(20 * BLOCK);
        room = 60 * BLOCK;
        assertThat(publish(careful, 1, 30 * BLOCK)).isTrue();
        assertThat(careful.reserve(50 * BLOCK)).as("more than the disk has").isEmpty();
        assertThat(publish(careful, 2, 30 * BLOCK)).as("after eviction").isTrue();
        assertThat(room - onDisk()).isGreaterThanOrEqualTo(20 * BLOCK);
    }

    @Test
    void aDiskThatIsFullForTheMirrorIsToldOf() {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        Logger log = (Logger) LoggerFactory.getLogger(DiskBudget.class);
        log.addAppender(lines);
        lines.start();
        try {
            room = 5L << 20;
            DiskBudget roomy = budget(4L << 20);
            assertThat(roomy.reserve(BLOCK)).isPresent();
            assertThat(lines.list).isEmpty();

            DiskBudget full = budget(6L << 20);
            assertThat(full.reserve(BLOCK)).isEmpty();
            assertThat(lines.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .containsExactly(
                            "the disk of storage.directory has 5 MiB free, and storage.min-free is 6 MiB: what is new is"
                                    + " kept only in the place of what is cached",
                            "no room for 4096 bytes, which pass through and are not kept: the disk of storage.directory"
                                    + " has 5 MiB free, and storage.min-free is 6 MiB");
        } finally {
            log.detachAppender(lines);
        }
    }

    @Test
    void bytesThatAreNotWrittenYetAreMissingFromTheDiskAlready() {
        room = 60 * BLOCK;
        Reservation first = budget.reserve(40 * BLOCK).orElseThrow();
        assertThat(budget.reserve(30 * BLOCK)).isEmpty();
        disk.put(blob(1), 40L * BLOCK);
        first.written(40 * BLOCK);
        assertThat(budget.reserve(30 * BLOCK))
                .as("the disk counts them itself now")
                .isEmpty();
        assertThat(budget.reserve(20 * BLOCK)).isPresent();
    }

    @Test
    void theOrderOfUseIsRestoredFromWhatWasWrittenDown() {
        IntStream.range(0, 9).forEach(i -> budget.found(blob(i), new Entry(10 * BLOCK, i, true)));
        IntStream.range(0, 4).forEach(i -> budget.use(blob(i)));
        DiskBudget restarted = budget(0);
        budget.coldestFirst().forEach(restarted::found);
        assertThat(restarted.coldestFirst()).containsExactlyEntriesOf(budget.coldestFirst());
    }

    @Test
    void whatIsFoundDuringAnEvictionIsNotTooMuchForLong() {
        assertThat(IntStream.range(100, 120)
                        .filter(this::isFoundDuringAnEviction)
                        .findFirst())
                .isPresent();
    }

    /** False when the map made it wait for the eviction, as it does with a few that it keeps beside what is evicted. */
    private boolean isFoundDuringAnEviction(int late) {
        AtomicReference<CompletableFuture<Void>> finding = new AtomicReference<>();
        AtomicBoolean meanwhile = new AtomicBoolean();
        AtomicReference<DiskBudget> busy = new AtomicReference<>();
        Consumer<Integer> find = number -> {
            disk.put(blob(number), 10L * BLOCK);
            busy.get().found(blob(number), new Entry(10 * BLOCK, 0, false));
        };
        disk.clear();
        busy.set(new DiskBudget(
                CAPACITY,
                0,
                () -> room,
                digest -> {
                    evict(digest);
                    if (finding.get() == null) {
                        finding.set(CompletableFuture.runAsync(() -> find.accept(late)));
                        meanwhile.set(isDoneWithin(finding.get(), Duration.ofSeconds(1)));
                    }
                },
                Runnable::run,
                clock));
        IntStream.range(0, 11).forEach(find::accept);
        finding.get().join();
        if (!meanwhile.get()) {
            return false;
        }
        assertThat(onDisk()).as("found meanwhile").isGreaterThan(CAPACITY);
        busy.get().settle();
        assertThat(onDisk()).isLessThanOrEqualTo(CAPACITY);
        return true;
    }

    private static boolean isDoneWithin(CompletableFuture<Void> future, Duration patience) {
        return future.copy()
                .thenApply(done -> true)
                .completeOnTimeout(false, patience.toMillis(), MILLISECONDS)
                .join();
    }

    @Test
    void theSpaceOfANewcomerThatIsForgottenIsFree() {
        publish(1, 60 * BLOCK);
        budget.forget(blob(1));

        assertThat(budget.used()).isZero();
    }

    @Test
    void aNewcomerHoldsNoMoreThanItTakes() {
        Reservation space = budget.reserve(60 * BLOCK).orElseThrow();
        budget.publish(blob(1), Optional.of(space), () -> new Entry(10 * BLOCK, 0, true));

        assertThat(budget.used()).isEqualTo(10 * BLOCK);
    }

    @Test
    void whatIsForgottenIsNotDeleted() {
        publish(1, BLOCK);
        budget.forget(blob(1));
        assertThat(budget.use(blob(1))).isEmpty();
        assertThat(evicted).isEmpty();
    }

    @RepeatedTest(20)
    void whatIsOnTheDiskAndWhatIsReservedNeverExceedsTheCapacity(RepetitionInfo run) {
        Random random = new Random(run.getCurrentRepetition());
        Map<Reservation, Long> fills = new HashMap<>();
        for (int i = 0; i < 1000; i++) {
            int number = i;
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    long size = random.nextInt(40) * (long) BLOCK + random.nextInt(2);
                    budget.reserve(size).ifPresent(space -> fills.put(space, size));
                }
                case 2, 3 ->
                    fills.keySet().stream().findFirst().ifPresent(space -> {
                        long size = space.bytes();
                        fills.remove(space);
                        budget.publish(blob(number), Optional.of(space), () -> {
                            disk.put(blob(number), size);
                            return new Entry(size, 0, true);
                        });
                    });
                case 4 ->
                    fills.keySet().stream().findFirst().ifPresent(space -> {
                        fills.remove(space);
                        space.close();
                    });
                default -> clock.turn(Duration.ofMinutes(random.nextInt(5)));
            }
            IntStream.range(0, 3).forEach(use -> budget.use(blob(random.nextInt(number + 1))));
            long held = fills.values().stream().mapToLong(bytes -> bytes).sum();
            assertThat(onDisk() + held).isLessThanOrEqualTo(CAPACITY);
        }
    }
}
