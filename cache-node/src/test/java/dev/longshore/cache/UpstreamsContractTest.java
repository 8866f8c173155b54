package dev.longshore.cache;

import dev.longshore.config.UpstreamSettings;
import dev.longshore.oci.Registry;
import dev.longshore.upstream.Upstreams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;

final class UpstreamsContractTest extends RegistryContract {

    @Override
    Registry open(Vertx vertx, Upstreams upstreams, Map<String, UpstreamSettings> policies) {
        return upstreams;
    }

    @Override
    Future<Void> close(Registry opened) {
        return Future.succeededFuture();
    }
}
