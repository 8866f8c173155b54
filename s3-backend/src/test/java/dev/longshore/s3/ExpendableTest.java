package dev.longshore.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.config.DataSize;
import dev.longshore.config.S3Settings.Retention;
import dev.longshore.oci.Digest;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** The laws of cleaning up, by random buckets. */
final class ExpendableTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant SAFE = NOW.minus(Duration.ofHours(2));
    private static final Instant EVER = NOW.minus(Duration.ofDays(1000));
    private static final Duration DAY = Duration.ofDays(1);
    private static final Retention DAILY = new Retention(null, DAY, false);

    /** Up to fifty blobs, about half of them in use. */
    private static List<StoredBlob> bucket(Random random) {
        return random.ints(random.nextInt(50), 0, 1000)
                .mapToObj(size -> blob(random.nextLong(), size, random.nextInt(random.nextBoolean() ? 150 : 5000)))
                .toList();
    }

    private static StoredBlob blob(long content, long size, int minutesAgo) {
        Digest digest = Digest.of(ByteBuffer.allocate(8).putLong(content).array());
        return new StoredBlob(digest, size, NOW.minus(Duration.ofMinutes(minutesAgo)));
    }

    private static Retention holding(long bytes) {
        return new Retention(new DataSize(bytes), null, false);
    }

    private static List<StoredBlob> without(Collection<StoredBlob> going, Collection<StoredBlob> blobs) {
        List<StoredBlob> staying = new ArrayList<>(blobs);
        staying.removeAll(going);
        return staying;
    }

    private static long sum(Collection<StoredBlob> blobs) {
        return blobs.stream().mapToLong(StoredBlob::size).sum();
    }

    @RepeatedTest(100)
    void noMoreGoesThanMustAndTheLeastRecentlyUsedFirst(RepetitionInfo run) {
        Random random = new Random(run.getCurrentRepetition());
        List<StoredBlob> blobs = bucket(random);
        long capacity = random.nextInt(20_000);

        List<StoredBlob> going = Expendable.among(blobs, holding(capacity), EVER, NOW);
        List<StoredBlob> staying = without(going, blobs);

        assertThat(going).allSatisfy(blob -> assertThat(blob.usedAt()).isBefore(SAFE));
        assertThat(going)
                .allSatisfy(gone -> assertThat(staying)
                        .allSatisfy(blob -> assertThat(blob.usedAt()).isAfterOrEqualTo(gone.usedAt())));
        if (!going.isEmpty()) {
            assertThat(sum(staying) + going.get(going.size() - 1).size()).isGreaterThan(capacity);
        }
        if (sum(staying) > capacity) {
            assertThat(staying).allSatisfy(blob -> assertThat(blob.usedAt()).isAfterOrEqualTo(SAFE));
        }
    }

    @RepeatedTest(100)
    void whatNobodyHasUsedForTooLongGoesAndNothingElse(RepetitionInfo run) {
        List<StoredBlob> blobs = bucket(new Random(run.getCurrentRepetition()));
        Instant old = NOW.minus(DAY);

        assertThat(Expendable.among(blobs, DAILY, EVER, NOW))
                .containsExactlyInAnyOrderElementsOf(blobs.stream()
                        .filter(blob -> blob.usedAt().isBefore(old))
                        .toList());
    }

    @RepeatedTest(100)
    void theStricterOfTheTwoBoundsCounts(RepetitionInfo run) {
        Random random = new Random(run.getCurrentRepetition());
        List<StoredBlob> blobs = bucket(random);
        Retention byBytes = holding(random.nextInt(20_000));
        Retention both = new Retention(byBytes.capacity(), DAY, false);

        List<StoredBlob> going = Expendable.among(blobs, byBytes, EVER, NOW);
        List<StoredBlob> old = Expendable.among(blobs, DAILY, EVER, NOW);
        assertThat(Expendable.among(blobs, both, EVER, NOW)).isEqualTo(going.size() > old.size() ? going : old);
    }

    @Test
    void nobodyIsCalledUnusedForLongerThanUsesWereWatched() {
        StoredBlob ancient = blob(1, 10, 5000);
        List<StoredBlob> blobs = List.of(ancient);

        assertThat(Expendable.among(blobs, DAILY, NOW.minus(DAY).plusSeconds(1), NOW))
                .isEmpty();
        assertThat(Expendable.among(blobs, DAILY, NOW.minus(DAY), NOW)).containsExactly(ancient);
        assertThat(Expendable.among(blobs, holding(0), SAFE.plusSeconds(1), NOW))
                .isEmpty();
        assertThat(Expendable.among(blobs, holding(0), SAFE, NOW)).containsExactly(ancient);
    }

    @Test
    void anUploadIsAUse() {
        StoredBlob uploaded = blob(1, 10, 60);
        Instant earlier = NOW.minus(DAY);

        assertThat(uploaded.with(Map.of(uploaded.digest(), earlier))).isEqualTo(uploaded);
        assertThat(uploaded.with(Map.of(uploaded.digest(), NOW)).usedAt()).isEqualTo(NOW);
        assertThat(uploaded.with(Map.of())).isEqualTo(uploaded);
    }
}
