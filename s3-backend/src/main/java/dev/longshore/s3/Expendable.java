package dev.longshore.s3;

import dev.longshore.config.S3Settings.Retention;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Which blobs go: the least recently used, as long as the bucket holds more than it may, or they are older than they may
 * be. What was used or uploaded in the last two hours stays, however full the bucket is; and nobody is called unused for
 * longer than uses have been watched.
 */
final class Expendable {

    /**
     * An hour is promised to whoever was given a manifest. A gateway may have answered it from memory for half an hour, and
     * a node tells of what is used all the time every twenty minutes.
     */
    static final Duration SAFE = Duration.ofHours(2);

    private Expendable() {}

    /**
     * Those of {@code blobs} that go, in the order in which they should.
     *
     * @param watchedSince when nodes began to tell what they use
     */
    static List<StoredBlob> among(
            Collection<StoredBlob> blobs, Retention retention, Instant watchedSince, Instant now) {
        Instant safe = now.minus(SAFE);
        if (watchedSince.isAfter(safe)) {
            return List.of();
        }
        Instant old = oldest(retention, watchedSince, now);
        long excess = excess(blobs, retention);
        List<StoredBlob> unused = blobs.stream()
                .filter(blob -> blob.usedAt().isBefore(safe))
                .sorted(Comparator.comparing(StoredBlob::usedAt))
                .toList();
        int going = 0;
        while (going < unused.size()
                && (excess > 0 || unused.get(going).usedAt().isBefore(old))) {
            excess -= unused.get(going).size();
            going++;
        }
        return unused.subList(0, going);
    }

    private static long excess(Collection<StoredBlob> blobs, Retention retention) {
        return retention.capacity() == null
                ? 0
                : blobs.stream().mapToLong(StoredBlob::size).sum()
                        - retention.capacity().bytes();
    }

    private static Instant oldest(Retention retention, Instant watchedSince, Instant now) {
        Instant old = retention.maxAge() == null ? Instant.MIN : now.minus(retention.maxAge());
        return watchedSince.isAfter(old) ? Instant.MIN : old;
    }
}
