package dev.longshore.loadtest;

import dev.longshore.loadtest.Outcome.Verdict;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Downloads content and hashes it as it comes, so that memory does not grow with its size. Every download goes on in
 * the context of its caller and ends in an outcome, never in a failed future. Thread-safe; lives as long as its Vert.x.
 */
final class VerifyingClient {
    /** A loop reads up to sixteen of these from one connection in turn: larger ones make the others wait for it. */
    private static final int READ_SIZE = 32 * 1024;

    private static final String MANIFESTS = String.join(
            ", ",
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.docker.distribution.manifest.v2+json");

    private final Vertx vertx;
    private final Progress progress;
    private final HttpClient http;

    /**
     * A client that has not connected yet.
     *
     * @param kept whether a connection takes one download after another, or each has its own
     * @param patience how long to wait for a connection, and for the next byte
     */
    VerifyingClient(Vertx vertx, int connections, boolean kept, Duration patience, Progress progress) {
        this.vertx = vertx;
        this.progress = progress;
        this.http = vertx.createHttpClient(
                new HttpClientOptions()
                        .setKeepAlive(kept)
                        .setMaxChunkSize(READ_SIZE)
                        .setReceiveBufferSize(READ_SIZE)
                        .setConnectTimeout((int) patience.toMillis())
                        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                        .setReadIdleTimeout((int) patience.toMillis()),
                new PoolOptions().setHttp1MaxSize(connections));
    }

    /** Opens a connection to the mirror of {@code url}, so that downloads do not measure how this process starts. */
    Future<Void> greet(String url) {
        RequestOptions options = new RequestOptions()
                .setAbsoluteURI(URI.create(url).resolve("/v2/").toString());
        return http.request(options)
                .compose(HttpClientRequest::send)
                .compose(HttpClientResponse::body)
                .mapEmpty();
    }

    Future<Outcome> download(Download download) {
        return new Reading(download).start();
    }

    /** A download under way. Confined to one context. */
    private final class Reading {
        private final Download download;
        private final @Nullable MessageDigest hasher;
        private final Promise<Outcome> outcome = Promise.promise();
        private final Instant clock = Instant.now();
        private final long began = System.nanoTime();
        private long waitingSince = began;
        private long due = began;
        private long firstByte = -1;
        private long stall;
        private long bytes;
        private @Nullable String expected;
        private String source = "";

        Reading(Download download) {
            this.download = download;
            this.hasher = download.verified() && download.window() == null ? Body.sha256() : null;
            this.expected = download.digest();
        }

        Future<Outcome> start() {
            RequestOptions options = new RequestOptions()
                    .setMethod(HttpMethod.GET)
                    .setAbsoluteURI(download.url())
                    .setFollowRedirects(true);
            http.request(options).compose(this::send).onSuccess(this::receive).onFailure(this::fail);
            return outcome.future();
        }

        private Future<HttpClientResponse> send(HttpClientRequest request) {
            request.putHeader("Accept", MANIFESTS + ", */*");
            if (download.window() != null) {
                request.putHeader("Range", download.window().header());
            }
            return request.send();
        }

        private void receive(HttpClientResponse response) {
            response.exceptionHandler(this::fail);
            if (response.statusCode() != (download.window() == null ? 200 : 206)) {
                end(Verdict.FAILED, "status " + response.statusCode());
                response.request().reset();
                return;
            }
            expected = expected == null ? response.getHeader("Docker-Content-Digest") : expected;
            source = Objects.requireNonNullElse(response.getHeader("X-Cache"), "");
            String length = response.getHeader("Content-Length");
            progress.begins(length == null ? 0 : Long.parseLong(length));
            long leaveAfter = length == null || download.dropAtPercent() > 100
                    ? Long.MAX_VALUE
                    : Long.parseLong(length) / 100 * download.dropAtPercent();
            response.handler(buffer -> {
                take(buffer);
                if (bytes >= leaveAfter) {
                    end(Verdict.DROPPED, "");
                    response.request().reset();
                } else {
                    keepPace(response, buffer.length());
                }
            });
            response.endHandler(end -> judge());
        }

        private void take(Buffer buffer) {
            long now = System.nanoTime();
            if (firstByte < 0) {
                firstByte = now - began;
                due = now;
            } else {
                stall = Math.max(stall, now - waitingSince);
            }
            bytes += buffer.length();
            progress.receives(buffer.length());
            if (hasher != null) {
                hasher.update(buffer.getBytes());
            }
            waitingSince = System.nanoTime();
        }

        private void keepPace(HttpClientResponse response, int length) {
            if (download.bytesPerSecond() == Download.UNLIMITED) {
                return;
            }
            due += (long) (length * 1e9 / download.bytesPerSecond());
            long wait = (due - System.nanoTime()) / 1_000_000;
            if (wait > 0) {
                response.pause();
                vertx.setTimer(wait, timer -> {
                    waitingSince = System.nanoTime();
                    response.resume();
                });
            }
        }

        private void judge() {
            if (download.window() != null && bytes != download.window().length()) {
                end(Verdict.FAILED, "a range of another length than asked for");
            } else if (hasher != null && !Body.name(hasher).equals(expected)) {
                end(Verdict.WRONG_DIGEST, "wrong digest");
            } else {
                end(Verdict.OK, "");
            }
        }

        private void fail(Throwable failure) {
            String message = failure.getMessage();
            end(Verdict.FAILED, message == null ? failure.getClass().getSimpleName() : message);
        }

        private void end(Verdict verdict, String problem) {
            long now = System.nanoTime();
            // Who waits in vain at the end has waited, too.
            long waited = verdict == Verdict.FAILED ? Math.max(stall, now - waitingSince) : stall;
            outcome.tryComplete(
                    new Outcome(download, clock, verdict, problem, source, bytes, firstByte, waited, now - began));
        }
    }
}
