package dev.longshore.cli;

import dev.longshore.cache.Bucket;
import dev.longshore.cache.CachingRegistry;
import dev.longshore.cache.Tiers;
import dev.longshore.config.S3Settings;
import dev.longshore.config.Settings;
import dev.longshore.http.OpsServer.Check;
import dev.longshore.s3.S3Bucket;
import dev.longshore.upstream.ProxyEnvironment;
import dev.longshore.upstream.Upstreams;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** What a process keeps: the cache, over its disk, its bucket if it has one, and its upstreams. Thread-safe. */
record Storage(CachingRegistry cache, Optional<S3Bucket> bucket) {

    private static final Duration FIRST_ROUND = Duration.ofMinutes(5);
    private static final Duration ROUND = Duration.ofHours(1);

    /** Opens it; fails with a message for the operator. {@code tiers} puts the bucket among those whom the cache asks. */
    static Future<Storage> open(Ground ground, Function<Optional<Bucket>, Tiers> tiers) {
        return ground.vertx().executeBlocking(() -> openNow(ground, tiers));
    }

    private static Storage openNow(Ground ground, Function<Optional<Bucket>, Tiers> tiers) throws IOException {
        Vertx vertx = ground.vertx();
        Settings settings = ground.settings();
        MeterRegistry meters = ground.meters().registry();
        Clock clock = ground.clock();
        S3Settings s3 = settings.storage().s3();
        Optional<S3Bucket> bucket = Optional.ofNullable(s3).map(known -> S3Bucket.open(vertx, known, meters, clock));
        Upstreams upstreams =
                Upstreams.of(vertx, settings.upstreams().values(), ProxyEnvironment.of(System.getenv()), meters);
        Tiers asked = tiers.apply(bucket.map(Storage::seen));
        CachingRegistry cache =
                CachingRegistry.open(vertx, settings.storage(), settings.upstreams(), upstreams, asked, meters, clock);
        return new Storage(cache, bucket);
    }

    private static Bucket seen(S3Bucket bucket) {
        Optional<Bucket.Reports> reports = bucket.keepsEverything() ? Optional.empty() : Optional.of(bucket::used);
        return new Bucket(bucket.identity(), bucket.blobs(), bucket.links(), reports);
    }

    /** Keeps the bucket, if there is one, within its bounds, while this process is the one to do it. */
    void keepHouse(BooleanSupplier elected) {
        bucket.ifPresent(each -> each.keepHouse(FIRST_ROUND, ROUND, elected));
    }

    /** Its disk, without which it is no cache, and its bucket, without which it is. */
    List<Check> checks() {
        Check disk = new Check("storage", true, cache::problem);
        return bucket.map(each -> List.of(disk, Check.known("bucket", false, each::problem)))
                .orElse(List.of(disk));
    }

    /** Lets the fills under way come to their end, as far as there is time. */
    Future<Void> filled(Duration patience) {
        return cache.filled(patience);
    }

    /** Uploads what the bucket lacks, as far as there is time. */
    Future<Void> flush(Duration patience) {
        return cache.flush(patience);
    }

    /** The same, and leaves the directory in order. */
    Future<Void> close(Duration patience) {
        return flush(patience)
                .eventually(cache::close)
                .eventually(() -> bucket.map(S3Bucket::close).orElseGet(Future::succeededFuture));
    }
}
