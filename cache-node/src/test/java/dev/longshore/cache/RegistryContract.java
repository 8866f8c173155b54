package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.RangeRequest;
import dev.longshore.config.Timeouts;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Images.Image;
import dev.longshore.loadtest.Request;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Reference;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import dev.longshore.upstream.ProxyEnvironment;
import dev.longshore.upstream.Upstreams;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The laws of every {@link Registry}, held before a registry that can misbehave. */
abstract class RegistryContract {

    private static final String NAME = "fake.test";
    private static final String APP = "org/app";
    private static final Caller CALLER = Caller.client("127.0.0.1");
    private static final String ABSENT = "sha256:" + "0".repeat(64);
    private static final int SIZE = 300_000;

    private final FakeRegistry fake = FakeRegistry.start();
    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final Image image = fake.images().image(APP, "1", Images.layer("a", new byte[SIZE]));
    private final String layer = image.layers().get(0);
    private Registry registry;

    /** The registry under test, which has its content from {@code upstreams}. */
    abstract Registry open(Vertx vertx, Upstreams upstreams, Map<String, UpstreamSettings> policies) throws IOException;

    /** Lets go of what {@link #open} gave. */
    abstract Future<Void> close(Registry opened);

    @BeforeEach
    final void start() throws IOException {
        Timeouts timeouts = new Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(3), Duration.ofSeconds(5));
        UpstreamSettings settings = new UpstreamSettings(
                NAME,
                URI.create(fake.url()),
                null,
                null,
                Duration.ofHours(1),
                Duration.ofDays(7),
                8,
                List.of(),
                timeouts,
                null,
                false);
        Upstreams upstreams =
                Upstreams.of(vertx, List.of(settings), ProxyEnvironment.of(Map.of()), new SimpleMeterRegistry());
        registry = open(vertx, upstreams, Map.of(NAME, settings));
    }

    @AfterEach
    final void stop() {
        await(close(registry));
        await(vertx.close());
        fake.close();
    }

    private static RepositoryName repository() {
        return new RepositoryName(NAME, APP);
    }

    private Future<Manifest> manifest(String reference, boolean head) {
        return here(() -> registry.manifest(new ManifestPull(CALLER, repository(), Reference.parse(reference), head)));
    }

    private Future<Blob> blob(String digest, boolean head, RangeRequest ranges) {
        return here(() -> registry.blob(new BlobPull(CALLER, repository(), Digest.parse(digest), head, ranges)));
    }

    private Future<Listing> tags(String path) {
        return here(() -> registry.listing(new ListingPull.Tags(CALLER, new RepositoryName(NAME, path), "")));
    }

    /** All questions that name {@code digest} or its repository. */
    private List<Future<?>> everything(String digest) {
        return List.of(
                manifest(digest, false),
                manifest(digest, true),
                blob(digest, false, RangeRequest.WHOLE),
                blob(digest, true, RangeRequest.WHOLE));
    }

    /** Calls on the event loop, and holds that the answer comes back there. */
    private <T> Future<T> here(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(v -> call.get().onComplete(answer -> {
            if (Vertx.currentContext() == context) {
                promise.handle(answer);
            } else {
                promise.fail("the answer came on another context: " + answer);
            }
        }));
        return promise.future();
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertRefused(Future<?> answer, ErrorCode... codes) {
        assertThatThrownBy(() -> await(answer))
                .isInstanceOfSatisfying(
                        RegistryException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isIn((Object[]) codes));
    }

    private Buffer read(Blob blob, long start, long end) {
        Taken taken = new Taken();
        await(here(() -> blob.pipeTo(taken, new ByteRange(start, end)).onComplete(done -> blob.close())));
        return taken.bytes;
    }

    /** A sink that takes everything at once. */
    private static final class Taken implements BodySink {

        private final Buffer bytes = Buffer.buffer();

        @Override
        public Future<Void> write(Buffer more) {
            bytes.appendBuffer(more);
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            ByteBuffer read = ByteBuffer.allocate((int) length);
            try {
                while (read.hasRemaining() && file.read(read, position + read.position()) >= 0) {
                    // until all is read
                }
            } catch (IOException e) {
                return Future.failedFuture(e);
            }
            return write(Buffer.buffer(read.array()));
        }
    }

    @Test
    final void aManifestsBytesAreThoseOfItsDigest() {
        for (String reference : List.of("1", image.digest(), "1")) {
            Manifest manifest = await(manifest(reference, false));
            assertThat(manifest.descriptor().digest()).hasToString(image.digest());
            assertThat(manifest.descriptor().mediaType()).isEqualTo(image.mediaType());
            assertThat(manifest.descriptor().size()).isEqualTo(image.size());
            assertThat(Digest.of(manifest.content().orElseThrow().getBytes())).hasToString(image.digest());
        }
    }

    @Test
    final void aBlobsBytesAreThoseOfItsDigest() {
        for (int again = 0; again < 2; again++) {
            Blob blob = await(blob(layer, false, RangeRequest.WHOLE));
            long size = blob.size().orElseThrow();
            assertThat(blob.digest()).hasToString(layer);
            assertThat(Digest.of(read(blob, 0, size).getBytes())).hasToString(layer);
        }
    }

    @Test
    final void aPartOfABlobIsThatPart() {
        Blob whole = await(blob(layer, false, RangeRequest.WHOLE));
        Buffer bytes = read(whole, 0, whole.size().orElseThrow());
        Blob part = await(blob(layer, false, RangeRequest.of(1000, 2000)));
        assertThat(read(part, 1000, 2000)).isEqualTo(bytes.slice(1000, 2000));
    }

    @Test
    final void aPullForTheDescriptorAloneBringsNoContent() {
        assertThat(await(manifest("1", true)).descriptor().digest()).hasToString(image.digest());
        assertThat(await(manifest(image.digest(), true)).descriptor().size()).isEqualTo(image.size());
        Blob blob = await(blob(layer, true, RangeRequest.WHOLE));
        assertThat(blob.size()).isPresent();
        blob.close();
        assertThat(fake.log().bytesSent()).isZero();
        assertThat(fake.log().all()).allMatch(exchange -> exchange.request().isHead());
    }

    @Test
    final void whatIsAbsentIsAbsentForEveryQuestion() {
        everything(ABSENT).forEach(answer -> assertRefused(answer, ErrorCode.MANIFEST_UNKNOWN, ErrorCode.BLOB_UNKNOWN));
        assertRefused(manifest("none", false), ErrorCode.MANIFEST_UNKNOWN);
        assertRefused(tags("org/none"), ErrorCode.NAME_UNKNOWN);
    }

    @Test
    final void whatIsRefusedIsRefusedForEveryQuestion() {
        fake.always(Request.any(), Fault.denied());
        everything(layer).forEach(answer -> assertRefused(answer, ErrorCode.DENIED));
        assertRefused(tags(APP), ErrorCode.DENIED);
    }

    @Test
    final void whatIsUnreachableIsUnreachableForEveryQuestion() {
        fake.stop();
        everything(layer).forEach(answer -> assertRefused(answer, ErrorCode.UPSTREAM_UNAVAILABLE));
        assertRefused(tags(APP), ErrorCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    final void silenceIsATimeOut() {
        fake.always(Request.any(), Fault.hang());
        everything(layer).forEach(answer -> assertRefused(answer, ErrorCode.UPSTREAM_TIMEOUT));
    }

    @Test
    final void aSpentRateLimitIsToldAsSuch() {
        fake.always(Request.any(), Fault.tooManyRequests(Duration.ofSeconds(30)));
        assertThatThrownBy(() -> await(manifest("1", false))).isInstanceOfSatisfying(RegistryException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.TOOMANYREQUESTS);
            assertThat(e.retryAfter()).isPresent();
        });
    }

    @Test
    final void anUpstreamThatIsNotListedIsUnknown() {
        RepositoryName elsewhere = new RepositoryName("other.test", APP);
        assertRefused(
                here(() ->
                        registry.blob(new BlobPull(CALLER, elsewhere, Digest.parse(layer), false, RangeRequest.WHOLE))),
                ErrorCode.NAME_UNKNOWN);
    }

    @Test
    final void aListOfTagsIsWhatTheUpstreamSays() {
        assertThat(await(tags(APP)).json().toJsonObject().getJsonArray("tags")).containsExactly("1");
    }
}
