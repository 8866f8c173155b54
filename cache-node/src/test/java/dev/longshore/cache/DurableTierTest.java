package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.longshore.cache.TestCache.Pulled;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Images.Image;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Link;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Purge;
import dev.longshore.oci.PurgePattern;
import dev.longshore.oci.UpstreamNames;
import dev.longshore.s3.S3Bucket;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node and its bucket: what one has lost the other gives, and neither needs the other. */
final class DurableTierTest {

    private static final int MIB = 1024 * 1024;

    @TempDir
    private Path directory;

    private final FakeRegistry upstream = FakeRegistry.start();
    private final Image image = upstream.images().image(TestCache.APP, "1", Images.layer("a", new byte[300_000]));
    private final String layer = image.layers().get(0);
    private final List<TestCache> opened = new ArrayList<>();
    private TestBucket bucket;

    @BeforeEach
    void start() throws IOException {
        bucket = TestBucket.start();
    }

    @AfterEach
    void stop() {
        opened.forEach(TestCache::close);
        bucket.close();
        upstream.close();
    }

    private TestCache open(String disk) throws IOException {
        TestCache cache = TestCache.with(upstream, directory.resolve(disk), bucket);
        opened.add(cache);
        return cache;
    }

    private void close(TestCache cache) {
        opened.remove(cache);
        cache.close();
    }

    private String pull(TestCache cache, String digest) {
        Pulled pulled = cache.blob(digest);
        assertThat(pulled.digest()).hasToString(digest);
        return pulled.origin().tier().name();
    }

    private void pullImage(TestCache cache) {
        assertThat(cache.manifest("1").descriptor().digest()).hasToString(image.digest());
        assertThat(cache.manifest(image.digest()).descriptor().digest()).hasToString(image.digest());
        pull(cache, image.config());
        pull(cache, layer);
    }

    /** Waits until the bucket has so much; the last link of a blob is noted when its reader has gone already. */
    private void uploaded(TestCache cache, int blobs, int layers) {
        cache.flush();
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(bucket.objects("/blobs/")).hasSize(blobs);
            assertThat(bucket.objects("/_layers/")).hasSize(layers);
            assertThat(bucket.objects("/_manifests/revisions/")).hasSize(1);
            assertThat(bucket.objects("/_manifests/tags/1/current/link")).hasSize(1);
        });
    }

    @Test
    void aNodeWithAnEmptyDiskNeverAsksTheUpstreamForWhatTheBucketHas() throws IOException {
        String large = upstream.content().putGenerated(TestCache.APP, 1, 40 * MIB);
        TestCache first = open("first");
        assertThat(pull(first, large)).isEqualTo("UPSTREAM");
        pullImage(first);
        uploaded(first, 4, 3);
        upstream.log().clear();

        TestCache second = open("second");
        assertThat(pull(second, large)).isEqualTo("S3");
        assertThat(pull(second, large)).isEqualTo("DISK");
        assertThat(pull(second, layer)).isEqualTo("S3");
        assertThat(second.manifest(image.digest()).origin()).isEqualTo(Origin.S3);
        assertThat(second.head(image.config()).origin()).isEqualTo(Origin.S3);
        assertThat(upstream.log().all()).isEmpty();
    }

    @Test
    void withEveryDiskEmptiedAndTheUpstreamGoneTheBucketServesAll() throws IOException {
        TestCache first = open("first");
        pullImage(first);
        uploaded(first, 3, 2);
        close(first);
        upstream.stop();

        pullImage(open("second"));
    }

    @Test
    void aDigestIsOneObjectHoweverManyNodesHaveIt() throws IOException {
        for (String disk : List.of("first", "second")) {
            TestCache cache = open(disk);
            pullImage(cache);
            uploaded(cache, 3, 2);
        }
        assertThat(bucket.objects("/blobs/"))
                .contains("mirror/docker/registry/v2/blobs/sha256/" + layer.substring(7, 9) + "/" + layer.substring(7)
                        + "/data");
    }

    @Test
    void withoutTheBucketDiskAndUpstreamServeAndItGetsEverythingLater() throws IOException {
        bucket.server().stop();
        TestCache cache = open("first");
        pullImage(cache);
        pullImage(cache);
        assertThat(cache.registry.pendingUploads()).isPositive();

        bucket.server().resume();
        uploaded(cache, 3, 2);
        await().untilAsserted(() -> assertThat(cache.registry.pendingUploads()).isZero());
    }

    @Test
    void aBucketThatRefusesEveryThirdRequestCostsNoPull() throws IOException {
        bucket.server().failEvery(3);
        String large = upstream.content().putGenerated(TestCache.APP, 1, 40 * MIB);
        TestCache first = open("first");
        pullImage(first);
        pull(first, large);
        uploaded(first, 4, 3);

        TestCache second = open("second");
        pullImage(second);
        pull(second, large);
    }

    @Test
    void aRestartFindsWhatTheBucketHasNotGotYet() throws IOException {
        bucket.server().stop();
        TestCache before = open("first");
        pullImage(before);
        close(before);
        bucket.server().resume();
        upstream.stop();

        TestCache after = open("first");
        uploaded(after, 3, 2);
        close(after);
        pullImage(open("second"));
    }

    @Test
    void wrongBytesInTheBucketAreDeletedAndFetchedAgain() throws IOException {
        bucket.put(
                "mirror/docker/registry/v2/blobs/sha256/" + layer.substring(7, 9) + "/" + layer.substring(7) + "/data",
                new byte[1000]);
        TestCache cache = open("first");
        try {
            cache.blob(layer);
        } catch (IllegalStateException cutOff) {
            // Nobody is given the last of wrong bytes.
        }
        await().untilAsserted(() -> assertThat(bucket.objects("/blobs/")).isEmpty());
        assertThat(pull(cache, layer)).isEqualTo("UPSTREAM");
    }

    @Test
    void aBlobInTheBucketIsServedOnlyUnderARepositoryThatHasIt() throws IOException {
        byte[] secret = {1, 2, 3};
        Digest digest = Digest.of(secret);
        bucket.put(
                "mirror/docker/registry/v2/blobs/sha256/" + digest.hex().substring(0, 2) + "/" + digest.hex() + "/data",
                secret);
        TestCache cache = open("first");
        assertThatThrownBy(() -> cache.blob(digest.toString())).hasStackTraceContaining("answered 404");
    }

    private static Purge purge(String pattern, Instant before) {
        UpstreamNames names = UpstreamNames.of(Set.of("fake.test"), Optional.empty());
        return new Purge(List.of(PurgePattern.parse(pattern, names)), before, false);
    }

    @Test
    void whatIsPurgedIsGoneFromTheBucketToo() throws IOException {
        TestCache first = open("first");
        pullImage(first);
        uploaded(first, 3, 2);

        Set<String> purged = first.await(() -> first.registry.purge(purge("fake.test/org/**", Instant.now())));

        assertThat(purged)
                .containsExactlyInAnyOrder(
                        "fake.test/org/app:1",
                        "fake.test/org/app@" + image.digest(),
                        "fake.test/org/app@" + image.config(),
                        "fake.test/org/app@" + layer);
        assertThat(bucket.objects("/repositories/")).isEmpty();
        assertThat(bucket.objects("/blobs/")).hasSize(3);
        upstream.stop();
        TestCache second = open("second");
        assertThatThrownBy(() -> second.manifest("1")).isNotNull();
        assertThatThrownBy(() -> first.manifest("1")).isNotNull();
    }

    @Test
    void contentThatIsPurgedByItsDigestIsGoneFromTheBucketToo() throws IOException {
        TestCache cache = open("first");
        pullImage(cache);
        uploaded(cache, 3, 2);

        cache.await(() -> cache.registry.purge(purge(layer, Instant.now())));

        assertThat(bucket.objects(layer.substring("sha256:".length()))).isEmpty();
        assertThat(pull(cache, layer)).isEqualTo("UPSTREAM");
    }

    @Test
    void whatCameSinceAPurgeStays() throws IOException {
        TestCache cache = open("first");
        pullImage(cache);
        uploaded(cache, 3, 2);
        Instant before = Instant.now().minus(Duration.ofHours(1));

        assertThat(cache.await(() -> cache.registry.purge(purge("fake.test/org/app", before))))
                .isEmpty();
        assertThat(cache.await(() -> cache.registry.purge(purge(layer, before))))
                .isEmpty();
        assertThat(pull(cache, layer)).isEqualTo("DISK");
    }

    @Test
    void aLinkThatIsNoLongerHereDoesNotReachTheBucket() {
        Vertx vertx = Vertx.vertx();
        S3Bucket there = bucket.open(vertx);
        Bucket durable = new Bucket(there.identity(), there.blobs(), there.links());
        Link.OfContent link = Link.layer(TestCache.REPOSITORY, Digest.parse(layer));

        new Upload.OfContent(link).run(there.blobs(), TestLinks.NONE, durable).await();
        assertThat(bucket.objects("/_layers/")).isEmpty();
        there.close().eventually(vertx::close).await();
    }
}
