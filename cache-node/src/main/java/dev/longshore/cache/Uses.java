package dev.longshore.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Manifest;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * What this node has served since it last told those who clean up the bucket. Who was given a manifest comes for what it
 * names, or has it already: all of that is in use. What was not used for long may be gone from the bucket, and is offered
 * to it again. Thread-safe.
 */
final class Uses {

    /** What is used all the time is told so often. */
    private static final Duration AGAIN = Duration.ofMinutes(20);

    /** What was told this long ago may have been deleted since. */
    private static final Duration FORGOTTEN = Duration.ofHours(2);

    private static final int MOST = 100_000;

    private final Bucket.Reports reports;
    private final Predicate<Digest> isHere;
    private final Uploads uploads;
    private final Clock clock;
    private final Cache<Digest, Instant> noted =
            Caffeine.newBuilder().maximumSize(MOST).build();
    private final Set<Digest> untold = ConcurrentHashMap.newKeySet();

    /** @param isHere whether a blob is published on this disk */
    Uses(Bucket.Reports reports, Predicate<Digest> isHere, Uploads uploads, Clock clock) {
        this.reports = reports;
        this.isHere = isHere;
        this.uploads = uploads;
        this.clock = clock;
    }

    /** Notes that {@code manifest} was served. */
    void of(Manifest manifest) {
        Digest digest = manifest.descriptor().digest();
        if (manifest.content().isEmpty()) {
            // Not noted: who comes for the content is to be told with all that it names.
            add(digest);
        } else if (note(digest)) {
            manifest.content().stream().flatMap(Descriptors::of).forEach(named -> add(named.digest()));
        }
    }

    /** Notes that a blob was served. */
    void of(Digest blob) {
        note(blob);
    }

    private boolean note(Digest digest) {
        Instant now = clock.instant();
        Instant last = noted.getIfPresent(digest);
        if (last != null && last.plus(AGAIN).isAfter(now)) {
            return false;
        }
        noted.put(digest, now);
        add(digest);
        if (isHere.test(digest) && (last == null || last.plus(FORGOTTEN).isBefore(now))) {
            uploads.add(new Upload.OfBlob(digest));
        }
        return true;
    }

    private void add(Digest digest) {
        if (untold.size() < MOST) {
            untold.add(digest);
        }
    }

    /** Tells what has not been told; what cannot be told now is told the next time. */
    Future<Void> tell() {
        Set<Digest> some = Set.copyOf(untold);
        return some.isEmpty() ? Future.succeededFuture() : reports.used(some).onSuccess(told -> untold.removeAll(some));
    }
}
