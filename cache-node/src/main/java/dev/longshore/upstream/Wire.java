package dev.longshore.upstream;

import dev.longshore.config.Timeouts;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.http.Clients;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * The connections to one upstream and to where it redirects: one request out, the head of one answer in, within the
 * time-outs. It neither retries nor follows nor knows credentials. Thread-safe.
 */
final class Wire {

    /** Signed URLs travel in headers, and are long. */
    private static final int MAX_HEADER_BYTES = 32 * 1024;

    private static final int CHUNK_BYTES = 64 * 1024;
    private static final int KEEP_ALIVE_SECONDS = 30;

    private final Vertx vertx;
    private final HttpClient client;
    private final Timeouts timeouts;
    private final ProxyEnvironment proxies;
    private final UpstreamMeters meters;

    Wire(Vertx vertx, UpstreamSettings settings, ProxyEnvironment proxies, UpstreamMeters meters) {
        this.vertx = vertx;
        this.timeouts = settings.timeouts();
        this.proxies = proxies;
        this.meters = meters;
        // Each request tells its own end; what befalls a connection besides is nobody's news.
        this.client = Clients.builder(vertx, options(settings))
                .with(pool(settings.connections()))
                .withConnectHandler(connection -> connection.exceptionHandler(e -> {}))
                .build();
    }

    private static HttpClientOptions options(UpstreamSettings settings) {
        // The receive buffer is left to the kernel: a fixed one switches off its window scaling, and with it the speed
        // of a distant upstream.
        HttpClientOptions options = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setConnectTimeout((int) settings.timeouts().connect().toMillis())
                .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxChunkSize(CHUNK_BYTES)
                .setDecompressionSupported(false)
                .setTrustAll(settings.insecure())
                .setVerifyHost(!settings.insecure());
        if (settings.ca() != null && !settings.insecure()) {
            options.setTrustOptions(TrustedCertificates.with(settings.ca()));
        }
        return options;
    }

    /** {@link Permits} are the limit; here one waits at most for a connection that is just being given back or closed. */
    private static PoolOptions pool(int connections) {
        return new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(-1);
    }

    /**
     * Sends a request without a body; completes with a paused answer, or fails with a {@link RegistryException} that
     * starts with {@code what}.
     *
     * @param kind for the meters
     */
    Future<Arrival> exchange(
            String kind, String what, HttpMethod method, Target target, MultiMap headers, Deadline deadline) {
        // Said here, since Vert.x leaves out the brackets of an IPv6 address.
        headers.set(HttpHeaders.HOST, target.authority());
        var options = target.request().setMethod(method).setHeaders(headers);
        proxies.proxyFor(target).ifPresent(options::setProxyOptions);
        long patience = Math.min(timeouts.connect().toMillis(), deadline.left());
        Future<HttpClientRequest> connecting = client.request(options);
        return connecting
                .timeout(patience, TimeUnit.MILLISECONDS)
                .onFailure(e -> connecting.onSuccess(HttpClientRequest::reset))
                .recover(e -> Future.failedFuture(
                        failure(what, target, e, "could not be reached within " + patience + " ms")))
                .compose(request -> head(what, request, target, deadline))
                .onSuccess(arrival -> {
                    meters.asked(kind, Integer.toString(arrival.status()));
                    arrival.over().onComplete(over -> meters.received(arrival.received()));
                })
                .onFailure(e -> meters.asked(kind, "none"));
    }

    private Future<Arrival> head(String what, HttpClientRequest request, Target target, Deadline deadline) {
        long patience = deadline.left();
        return request.send()
                .map(response -> new Arrival(vertx, response.pause(), target, timeouts.idle()))
                .timeout(patience, TimeUnit.MILLISECONDS)
                .onFailure(e -> request.reset())
                .recover(e ->
                        Future.failedFuture(failure(what, target, e, "sent no answer within " + patience + " ms")));
    }

    private static RegistryException failure(String what, Target target, Throwable cause, String late) {
        String where = what + ": " + target.authority() + " ";
        if (cause instanceof TimeoutException || cause instanceof io.netty.channel.ConnectTimeoutException) {
            return RegistryException.passing(ErrorCode.UPSTREAM_TIMEOUT, where + late, null);
        }
        if (isTls(cause)) {
            return new RegistryException(
                    ErrorCode.UPSTREAM_UNAVAILABLE, where + "failed in TLS: " + cause.getMessage());
        }
        String how = cause instanceof UnknownHostException ? "has no address" : "failed: " + cause.getMessage();
        return RegistryException.passing(ErrorCode.UPSTREAM_UNAVAILABLE, where + how, null);
    }

    /** Whether it is a certificate or the like, which will be as it is; a connection that broke in the handshake is not. */
    private static boolean isTls(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root instanceof GeneralSecurityException
                || root instanceof SSLException && !(root instanceof SslHandshakeTimeoutException);
    }
}
