package dev.longshore.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.config.Listen;
import dev.longshore.config.Secret;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node that accepts connections and says nothing. */
final class WatchedNodeTest {

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() {
        HopFixture.await(vertx.close());
    }

    @Test
    void whoSharesAProbeOfASilentNodeIsToldOnTheirOwnEventLoop() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            WatchedNode node = node(new Listen("127.0.0.1", silent.getLocalPort()));
            List<ContextInternal> askers = List.of(context(), context(), context());
            assertThat(askers).extracting(ContextInternal::nettyEventLoop).doesNotHaveDuplicates();

            List<Future<EventLoop>> told = new ArrayList<>();
            for (ContextInternal asker : askers) {
                told.add(askedOn(asker, node, 1 + 400 * told.size()));
            }

            for (int i = 0; i < askers.size(); i++) {
                assertThat(HopFixture.await(told.get(i))).isSameAs(askers.get(i).nettyEventLoop());
            }
        }
    }

    private ContextInternal context() {
        return ((VertxInternal) vertx).createEventLoopContext();
    }

    private WatchedNode node(Listen address) {
        ClusterKeys keys = new ClusterKeys(() -> List.of(Secret.of("key")));
        HopClient client = new HopClient(vertx, new HopSignature(keys, Clock.systemUTC()), new Avoided());
        NodeRegistry registry = new NodeRegistry(client, Node.at(address), Clock.systemUTC());
        return new WatchedNode(vertx, registry, new NodeHealth(List::of, node -> registry.ping(), new Avoided()));
    }

    /** Where a pull that fails is told so; a little after the one before, which has begun to probe by then. */
    private Future<EventLoop> askedOn(ContextInternal asker, WatchedNode node, int millis) {
        Promise<EventLoop> told = Promise.promise();
        asker.runOnContext(now -> vertx.setTimer(
                millis,
                due -> node.manifest(HopFixture.manifest("3", false))
                        .onSuccess(answer -> told.fail("a silent node answered"))
                        .onFailure(silence ->
                                told.complete(ContextInternal.current().nettyEventLoop()))));
        return told.future();
    }
}
