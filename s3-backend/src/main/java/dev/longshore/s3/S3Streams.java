package dev.longshore.s3;

import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.config.S3Settings;
import dev.longshore.http.Clients;
import dev.longshore.http.Relay;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.services.s3.presigner.model.PresignedGetObjectRequest;

/**
 * The way to one bucket, and the only place where the SDK's futures become Vert.x's. Calls are the SDK's; bodies of
 * objects come over Vert.x's own client from a presigned address, with back-pressure. Thread-safe.
 */
final class S3Streams {

    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final Duration FIRST_BYTE = Duration.ofSeconds(5);
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration READ = Duration.ofSeconds(6);
    private static final Duration WRITE_ATTEMPT = Duration.ofSeconds(60);
    private static final Duration WRITE = Duration.ofMinutes(3);
    private static final Duration PAUSE = Duration.ofSeconds(5);
    private static final Duration SIGNED = Duration.ofMinutes(10);
    private static final int CONNECTIONS = 64;
    private static final int CHUNK_BYTES = 64 * 1024;

    private final Vertx vertx;
    private final String bucket;
    private final SdkEventLoopGroup loops =
            SdkEventLoopGroup.builder().numberOfThreads(2).build();
    private final S3AsyncClient client;
    private final S3AsyncClient patient;
    private final S3Presigner presigner;
    private final HttpClient bodies;
    private final Breaker breaker;
    private final S3Meters meters;
    private final AwsCredentialsProvider credentials;
    private final boolean chained;

    /** Blocking: the SDK takes half a second to wake up. */
    S3Streams(Vertx vertx, S3Settings settings, S3Meters meters) {
        this.vertx = vertx;
        this.meters = meters;
        this.bucket = settings.bucket();
        this.credentials = credentials(settings);
        this.chained = settings.keys() == null;
        this.client = client(settings, credentials, FIRST_BYTE, READ);
        this.patient = client(settings, credentials, WRITE_ATTEMPT, WRITE);
        this.presigner = presigner(settings, credentials);
        HttpClientOptions options = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setConnectTimeout((int) CONNECT.toMillis())
                .setMaxChunkSize(CHUNK_BYTES)
                .setDecompressionSupported(false);
        this.bodies = Clients.builder(vertx, options)
                .with(new PoolOptions().setHttp1MaxSize(CONNECTIONS))
                .build();
        this.breaker = new Breaker(bucket, PAUSE, System::nanoTime);
    }

    private static AwsCredentialsProvider credentials(S3Settings settings) {
        S3Settings.Keys keys = settings.keys();
        return keys == null
                ? DefaultCredentialsProvider.builder().build()
                : StaticCredentialsProvider.create(AwsBasicCredentials.create(
                        keys.accessKeyId(), keys.secretAccessKey().value()));
    }

    private S3AsyncClient client(
            S3Settings settings, AwsCredentialsProvider credentials, Duration attempt, Duration call) {
        var builder = S3AsyncClient.builder()
                .region(Region.of(settings.region()))
                .credentialsProvider(credentials)
                .forcePathStyle(settings.pathStyle())
                // Other servers than AWS's do not know its newer checksums; a digest is one already.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .serviceConfiguration(
                        S3Configuration.builder().chunkedEncodingEnabled(false).build())
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .eventLoopGroup(loops)
                        .maxConcurrency(CONNECTIONS)
                        .maxPendingConnectionAcquires(100_000)
                        .connectionTimeout(CONNECT)
                        .connectionAcquisitionTimeout(attempt)
                        .readTimeout(attempt)
                        .writeTimeout(attempt))
                .overrideConfiguration(override -> override.apiCallAttemptTimeout(attempt)
                        .apiCallTimeout(call)
                        .addExecutionInterceptor(meters));
        if (settings.endpoint() != null) {
            builder.endpointOverride(settings.endpoint());
        }
        return builder.build();
    }

    private static S3Presigner presigner(S3Settings settings, AwsCredentialsProvider credentials) {
        var builder = S3Presigner.builder()
                .region(Region.of(settings.region()))
                .credentialsProvider(credentials)
                .serviceConfiguration(S3Configuration.builder()
                        .pathStyleAccessEnabled(settings.pathStyle())
                        .build());
        if (settings.endpoint() != null) {
            builder.endpointOverride(settings.endpoint());
        }
        return builder.build();
    }

    Vertx vertx() {
        return vertx;
    }

    Optional<String> problem() {
        return breaker.problem();
    }

    String bucket() {
        return bucket;
    }

    /**
     * A question that somebody's pull waits for: answered soon, or not at all. Fails with the SDK's exception where the
     * bucket gave an answer, and otherwise with a {@link RegistryException} that is an outage's.
     */
    <T> Future<T> read(String what, Function<S3AsyncClient, CompletableFuture<T>> call) {
        if (breaker.isOpen()) {
            return Future.failedFuture(isPaused());
        }
        return future(what, client, call)
                .onSuccess(answer -> breaker.answered())
                .onFailure(failure -> judged(failure));
    }

    private void judged(Throwable failure) {
        if (failure instanceof RegistryException) {
            breaker.failed(failure);
        } else {
            breaker.answered();
        }
    }

    /** A call that nobody waits for, with patience for a body. */
    <T> Future<T> write(String what, Function<S3AsyncClient, CompletableFuture<T>> call) {
        return future(what, patient, call);
    }

    /** Writes an object that is small, whether or not there is one. */
    Future<Void> put(String key, byte[] bytes, Map<String, String> metadata) {
        return write(
                        "PUT " + key,
                        client -> client.putObject(
                                request -> request.bucket(bucket)
                                        .key(key)
                                        .contentLength((long) bytes.length)
                                        .metadata(metadata),
                                AsyncRequestBody.fromBytesUnsafe(bytes)))
                .mapEmpty();
    }

    /** Deletes an object, if it is there. */
    Future<Void> delete(String key) {
        return write(
                        "DELETE " + key,
                        client -> client.deleteObject(
                                request -> request.bucket(bucket).key(key)))
                .mapEmpty();
    }

    /** Shows {@code visitor} every object below {@code prefix}, page by page, on a thread of the SDK's. */
    Future<Void> list(String prefix, Consumer<S3Object> visitor) {
        return write(
                "list " + prefix,
                client -> client.listObjectsV2Paginator(
                                request -> request.bucket(bucket).prefix(prefix))
                        .contents()
                        .subscribe(visitor));
    }

    private <T> Future<T> future(String what, S3AsyncClient by, Function<S3AsyncClient, CompletableFuture<T>> call) {
        // The default chain may have to fetch credentials first, and blocks whoever calls.
        Future<?> ready =
                chained ? vertx.executeBlocking(credentials::resolveCredentials, false) : Future.succeededFuture();
        return ready.compose(known -> Future.fromCompletionStage(call.apply(by), vertx.getOrCreateContext()))
                .recover(failure -> Future.failedFuture(explained(what, S3Failures.unwrapped(failure))));
    }

    private static Throwable explained(String what, Throwable failure) {
        return S3Failures.isAbsent(failure) || S3Failures.isThere(failure)
                ? failure
                : S3Failures.unreachable(what, failure);
    }

    private static RegistryException isPaused() {
        return RegistryException.passing(
                ErrorCode.UNAVAILABLE, "S3: it has just failed, and is left alone for a moment", null);
    }

    /** The answer to a {@code GET} of a part of an object, its body paused. */
    Future<Body> get(String key, ByteRange range) {
        if (breaker.isOpen()) {
            return Future.failedFuture(isPaused());
        }
        return vertx.executeBlocking(() -> presigned(key), false)
                .compose(address -> send(address, key, range))
                .onSuccess(body -> breaker.answered())
                .onFailure(failure -> {
                    if (!(failure instanceof RegistryException answer) || answer.unreachable()) {
                        breaker.failed(failure);
                    }
                });
    }

    private PresignedGetObjectRequest presigned(String key) {
        return presigner.presignGetObject(request -> request.signatureDuration(SIGNED)
                .getObjectRequest(object -> object.bucket(bucket).key(key)));
    }

    private Future<Body> send(PresignedGetObjectRequest address, String key, ByteRange range) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setAbsoluteURI(address.url().toString());
        address.signedHeaders().forEach((name, values) -> {
            if (!name.equalsIgnoreCase("host")) {
                values.forEach(value -> options.addHeader(name, value));
            }
        });
        options.putHeader("Range", "bytes=" + range.start() + "-" + (range.end() - 1));
        return bodies.request(options)
                .compose(request -> request.send()
                        .map(response -> new Body(response.pause(), range))
                        .timeout(FIRST_BYTE.toMillis(), TimeUnit.MILLISECONDS)
                        .onFailure(late -> request.reset()))
                .onSuccess(body -> meters.asked("GetObject", Integer.toString(body.response.statusCode())))
                .onFailure(none -> meters.asked("GetObject", "none"))
                .recover(failure -> Future.failedFuture(S3Failures.unreachable("GET " + key, failure)))
                .compose(body -> body.check(key));
    }

    /** A part of an object whose bytes wait. Confined to one context. */
    final class Body {

        private final HttpClientResponse response;
        private final ByteRange range;
        private final Relay relay;

        private Body(HttpClientResponse response, ByteRange range) {
            this.response = response;
            // Whoever pipes it sets its own; until then a broken connection is not worth a line in the log.
            response.exceptionHandler(e -> {});
            this.range = range;
            this.relay = new Relay(
                    vertx,
                    response,
                    range.length(),
                    IDLE,
                    read -> response.request().reset());
        }

        private Future<Body> check(String key) {
            if (response.statusCode() == 206) {
                return Future.succeededFuture(this);
            }
            response.request().reset();
            return Future.failedFuture(S3Failures.status("GET " + key, response.statusCode()));
        }

        /** Writes all of it to {@code sink}. */
        Future<Void> pipeTo(BodySink sink) {
            return relay.run(sink, 0, range.length()).mapEmpty();
        }

        /** Stops it. */
        void cancel() {
            relay.cancel(new RegistryException(ErrorCode.UNAVAILABLE, "the blob was closed"));
        }
    }

    Future<Void> close() {
        return bodies.close()
                .eventually(() -> vertx.executeBlocking(
                        () -> {
                            client.close();
                            patient.close();
                            presigner.close();
                            // The SDK itself would wait for two quiet seconds.
                            return loops.eventLoopGroup().shutdownGracefully(100, 1000, TimeUnit.MILLISECONDS);
                        },
                        false));
    }
}
