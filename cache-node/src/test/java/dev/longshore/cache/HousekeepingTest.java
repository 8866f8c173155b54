package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.longshore.access.MemoryRegistry;
import dev.longshore.config.DataSize;
import dev.longshore.config.S3Settings.Retention;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Images.Image;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Reference;
import dev.longshore.s3.S3Bucket;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bucket that is cleaned up, and the nodes that use it. */
final class HousekeepingTest {

    private static final Retention A_WEEK = new Retention(null, Duration.ofDays(7), false);
    private static final Duration EIGHT_DAYS = Duration.ofDays(8);

    @TempDir
    private Path directory;

    private final TurnedClock clock = TurnedClock.fromNow();
    private final Vertx vertx = Vertx.vertx();
    private final FakeRegistry upstream = FakeRegistry.start();
    private final Image used = upstream.images().image(TestCache.APP, "used", Images.layer("a", new byte[300_000]));
    private final Image unused = upstream.images().image(TestCache.APP, "unused", Images.layer("b", new byte[200_000]));
    private final List<AutoCloseable> opened = new ArrayList<>();
    private TestBucket server;

    @BeforeEach
    void start() throws IOException {
        server = TestBucket.start();
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
        done(vertx.close());
        server.close();
        upstream.close();
    }

    private TestCache node(String disk) throws IOException {
        TestCache node = TestCache.with(upstream, directory.resolve(disk), server, A_WEEK, clock);
        opened.add(node);
        return node;
    }

    private S3Bucket bucket(Retention retention) {
        S3Bucket bucket = server.open(vertx, retention, clock);
        opened.add(() -> done(bucket.close()));
        return bucket;
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static void pull(TestCache node, Image image) {
        assertThat(node.manifest(image.digest()).descriptor().digest()).hasToString(image.digest());
        blobs(image)
                .skip(1)
                .forEach(blob -> assertThat(node.blob(blob).digest()).hasToString(blob));
    }

    private static Stream<String> blobs(Image image) {
        return Stream.concat(Stream.of(image.digest(), image.config()), image.layers().stream());
    }

    private static String key(String digest) {
        String hex = digest.substring(7);
        return "mirror/docker/registry/v2/blobs/sha256/" + hex.substring(0, 2) + "/" + hex + "/data";
    }

    private void assertHolds(Image... images) {
        assertThat(server.objects("/blobs/"))
                .containsExactlyInAnyOrder(Stream.of(images)
                        .flatMap(HousekeepingTest::blobs)
                        .map(HousekeepingTest::key)
                        .toArray(String[]::new));
    }

    @Test
    void whatAManifestNamesStaysAsLongAsTheManifestIsUsed() throws Exception {
        TestCache node = node("first");
        S3Bucket bucket = bucket(A_WEEK);
        pull(node, used);
        pull(node, unused);
        node.flush();
        done(bucket.cleanUp());
        clock.turn(EIGHT_DAYS);
        node.manifest(used.digest());
        node.flush();

        done(bucket(new Retention(null, A_WEEK.maxAge(), true)).cleanUp());
        assertHolds(used, unused);
        done(bucket.cleanUp());
        assertHolds(used);
    }

    @Test
    void whatWasDeletedIsFetchedAgainAndComesBackWhenItIsUsedAgain() throws Exception {
        TestCache node = node("first");
        S3Bucket bucket = bucket(A_WEEK);
        pull(node, unused);
        node.flush();
        done(bucket.cleanUp());
        clock.turn(EIGHT_DAYS);
        done(bucket.cleanUp());
        assertHolds();

        TestCache empty = node("second");
        assertThat(empty.head(unused.config()).origin()).isEqualTo(Origin.UPSTREAM);
        pull(empty, unused);
        empty.flush();
        assertHolds(unused);

        clock.turn(EIGHT_DAYS);
        done(bucket.cleanUp());
        assertHolds();
        upstream.stop();
        pull(node, unused);
        node.flush();
        assertHolds(unused);
    }

    @Test
    void withABudgetTheLeastRecentlyUsedGoFirst() throws Exception {
        S3Bucket bucket = bucket(new Retention(new DataSize(2500), null, false));
        List<String> digests = IntStream.range(0, 4).mapToObj(this::put).toList();
        done(bucket.cleanUp());
        clock.turn(Duration.ofHours(3));
        for (int i : new int[] {1, 3, 0, 2}) {
            done(bucket.used(Set.of(Digest.parse(digests.get(i)))));
            clock.turn(Duration.ofMinutes(1));
        }
        done(bucket.cleanUp());
        assertThat(server.objects("/blobs/")).hasSize(4);

        clock.turn(Duration.ofHours(3));
        done(bucket.cleanUp());
        assertThat(server.objects("/blobs/")).containsExactlyInAnyOrder(key(digests.get(0)), key(digests.get(2)));
    }

    private String put(int content) {
        byte[] bytes = ByteBuffer.allocate(1000).putInt(content).array();
        String digest = Digest.of(bytes).toString();
        server.put(key(digest), bytes);
        return digest;
    }

    @Test
    void everyPageOfTheBucketIsLookedAt() throws Exception {
        S3Bucket bucket = bucket(A_WEEK);
        IntStream.range(0, 1100).forEach(this::put);
        done(bucket.cleanUp());
        clock.turn(EIGHT_DAYS);

        done(bucket.cleanUp());
        assertThat(server.objects("/blobs/")).isEmpty();
    }

    @Test
    void whatNodesToldIsSummedUp() throws Exception {
        S3Bucket bucket = bucket(A_WEEK);
        String digest = put(1);
        done(bucket.cleanUp());
        clock.turn(EIGHT_DAYS);
        for (int times = 0; times < 5; times++) {
            done(bucket.used(Set.of(Digest.parse(digest), Digest.of(new byte[] {7}))));
        }
        assertThat(server.objects("/used/")).hasSize(5);

        done(bucket.cleanUp());
        assertThat(server.objects("/used/")).isEmpty();
        clock.turn(Duration.ofDays(6));
        done(bucket.cleanUp());
        assertThat(server.objects("/blobs/")).hasSize(1);
        clock.turn(Duration.ofDays(2));
        done(bucket.cleanUp());
        assertThat(server.objects("/blobs/")).isEmpty();
    }

    @Test
    void nothingIsDeletedWhenItIsNotKnownWhatIsUsed() throws Exception {
        S3Bucket bucket = bucket(A_WEEK);
        put(1);
        done(bucket.cleanUp());
        clock.turn(EIGHT_DAYS);
        server.put("mirror/longshore/used/1-torn", "sha256:12".getBytes(StandardCharsets.UTF_8));

        assertThat(bucket.cleanUp().toCompletionStage().toCompletableFuture()).failsWithin(Duration.ofSeconds(60));
        assertThat(server.objects("/blobs/")).hasSize(1);
    }

    @Test
    void aGatewayAsksForAManifestAgainAfterHalfAnHourSoThatItsUseIsKnown() throws Exception {
        TestCache node = node("first");
        MemoryRegistry gateway = new MemoryRegistry(node.registry, clock, 1 << 20);
        ManifestPull pull = new ManifestPull(
                Caller.client("127.0.0.1"), TestCache.REPOSITORY, Reference.parse(used.digest()), false);
        node.await(() -> gateway.manifest(pull));
        clock.turn(Duration.ofMinutes(29));
        assertThat(node.await(() -> gateway.manifest(pull)).origin()).isEqualTo(Origin.MEMORY);

        clock.turn(Duration.ofMinutes(2));
        assertThat(node.await(() -> gateway.manifest(pull)).origin()).isEqualTo(Origin.DISK);
    }

    @Test
    void whatABucketThatWasAwayHasNotHeardIsToldAgain() throws Exception {
        TestCache node = node("first");
        pull(node, used);
        node.flush();
        clock.turn(EIGHT_DAYS);
        int before = server.objects("/used/").size();
        server.server().stop();
        node.manifest(used.digest());
        node.await(() -> node.registry.flush(Duration.ofMillis(1)));
        server.server().resume();

        node.flush();
        assertThat(server.objects("/used/")).hasSizeGreaterThan(before);
    }

    @Test
    void onlyWhoIsElectedCleansUp() {
        AtomicInteger asked = new AtomicInteger();
        AtomicBoolean elected = new AtomicBoolean();
        bucket(A_WEEK).keepHouse(Duration.ofMillis(5), Duration.ofMillis(5), () -> {
            asked.incrementAndGet();
            return elected.get();
        });
        await().untilAsserted(() -> assertThat(asked).hasValueGreaterThan(50));
        assertThat(server.objects("/last-used")).isEmpty();

        elected.set(true);
        await().untilAsserted(() -> assertThat(server.objects("/last-used")).hasSize(1));
    }
}
