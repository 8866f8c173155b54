package dev.longshore.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.RangeRequest;
import dev.longshore.config.Credentials;
import dev.longshore.config.Secret;
import dev.longshore.config.Timeouts;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Reference;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;

/** A fake registry, and an {@link UpstreamRegistry} for it that is used from one event loop. */
final class UpstreamFixture implements AutoCloseable {

    static final String REPOSITORY = "library/alpine";
    static final Timeouts QUICK = new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(1));

    private static final Caller CALLER = Caller.client("127.0.0.1");

    final FakeRegistry fake = FakeRegistry.start();
    final Clock clock = new Clock();
    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final String name = "fake.test";
    private @Nullable URI url;
    private @Nullable Credentials credentials;
    private List<String> tokenHosts = List.of();
    private Timeouts timeouts = new Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5));
    private int connections = 8;
    private @Nullable Path ca;
    private boolean insecure;
    private ProxyEnvironment proxies = ProxyEnvironment.of(Map.of());
    private @Nullable UpstreamRegistry registry;

    /** Time that a test turns. */
    static final class Clock implements InstantSource {

        private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

        @Override
        public Instant instant() {
            return now.get();
        }

        void turn(Duration time) {
            now.updateAndGet(instant -> instant.plus(time));
        }
    }

    /** A sink that takes everything at once. */
    static final class Taken implements BodySink {

        final Buffer bytes = Buffer.buffer();

        @Override
        public Future<Void> write(Buffer more) {
            bytes.appendBuffer(more);
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            throw new IllegalStateException("an upstream's body is no file");
        }
    }

    UpstreamFixture credentials(String user, String password) {
        credentials = new Credentials(user, Secret.of(password));
        return this;
    }

    UpstreamFixture tokenHosts(String... hosts) {
        tokenHosts = List.of(hosts);
        return this;
    }

    UpstreamFixture timeouts(Timeouts other) {
        timeouts = other;
        return this;
    }

    UpstreamFixture connections(int number) {
        connections = number;
        return this;
    }

    UpstreamFixture url(String other) {
        url = URI.create(other);
        return this;
    }

    UpstreamFixture ca(Path pem) {
        ca = pem;
        return this;
    }

    UpstreamFixture insecure() {
        insecure = true;
        return this;
    }

    UpstreamFixture environment(Map<String, String> variables) {
        proxies = ProxyEnvironment.of(variables);
        return this;
    }

    private UpstreamRegistry registry() {
        if (registry == null) {
            UpstreamSettings settings = new UpstreamSettings(
                    name,
                    url == null ? URI.create(fake.url()) : url,
                    credentials,
                    null,
                    Duration.ofSeconds(60),
                    Duration.ofDays(7),
                    connections,
                    tokenHosts,
                    timeouts,
                    ca,
                    insecure);
            registry = UpstreamRegistry.of(vertx, settings, proxies, new SimpleMeterRegistry(), clock);
        }
        return registry;
    }

    RepositoryName repository() {
        return new RepositoryName(name, REPOSITORY);
    }

    Future<Manifest> manifest(String reference) {
        ManifestPull pull = new ManifestPull(CALLER, repository(), Reference.parse(reference), false);
        return here(() -> registry().manifest(pull));
    }

    Future<Manifest> manifestHead(String reference) {
        ManifestPull pull = new ManifestPull(CALLER, repository(), Reference.parse(reference), true);
        return here(() -> registry().manifest(pull));
    }

    Future<Listing> tags(String query) {
        return here(() -> registry().listing(new ListingPull.Tags(CALLER, repository(), query)));
    }

    Future<Listing> referrers(String subject, String query) {
        return here(() ->
                registry().listing(new ListingPull.Referrers(CALLER, repository(), Digest.parse(subject), query)));
    }

    Future<Blob> blob(String digest, RangeRequest ranges) {
        BlobPull pull = new BlobPull(CALLER, repository(), Digest.parse(digest), false, ranges);
        return here(() -> registry().blob(pull));
    }

    Future<Blob> blobHead(String digest) {
        BlobPull pull = new BlobPull(CALLER, repository(), Digest.parse(digest), true, RangeRequest.WHOLE);
        return here(() -> registry().blob(pull));
    }

    Future<Void> pipe(Blob blob, BodySink sink, long start, long end) {
        return here(() -> blob.pipeTo(sink, new ByteRange(start, end)));
    }

    Buffer read(Blob blob, long start, long end) {
        Taken taken = new Taken();
        await(pipe(blob, taken, start, end));
        return taken.bytes;
    }

    /** The whole blob, in one pull that is closed. */
    Buffer pull(String digest) {
        Blob blob = await(blob(digest, RangeRequest.WHOLE));
        Buffer bytes = read(blob, 0, Long.MAX_VALUE);
        close(blob);
        return bytes;
    }

    void close(Blob blob) {
        await(here(() -> {
            blob.close();
            return Future.succeededFuture();
        }));
    }

    /** Calls on the event loop, since what is confined to a context must be used there. */
    private <T> Future<T> here(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(v -> call.get().onComplete(promise));
        return promise.future();
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(Future<?> future, ErrorCode code) {
        return assertThatThrownBy(() -> await(future))
                .isInstanceOfSatisfying(
                        RegistryException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
    }

    @Override
    public void close() {
        await(vertx.close());
        fake.close();
    }
}
