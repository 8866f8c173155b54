package dev.longshore.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.ClientResolverConfig;
import io.vertx.core.http.HttpClientBuilder;
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpClientOptions;
import java.time.Duration;

/**
 * HTTP clients that go where a name leads now. Vert.x keeps the address of a host that is asked all the time for five
 * minutes: for so long nobody would find a node, or an upstream, that has moved.
 */
public final class Clients {

    /** Besides as long as the record itself says: behind this is a cache of DNS, which heeds that. */
    private static final Duration KNOWN = Duration.ofSeconds(1);

    private Clients() {}

    /** With these options; a pool and handlers are given to it as to one of Vert.x's own. */
    public static HttpClientBuilder builder(Vertx vertx, HttpClientOptions options) {
        HttpClientConfig config =
                new HttpClientConfig(options).setResolverConfig(new ClientResolverConfig().setMaxKeepAlive(KNOWN));
        return vertx.httpClientBuilder().with(options).with(config);
    }
}
