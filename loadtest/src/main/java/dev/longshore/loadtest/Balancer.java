package dev.longshore.loadtest;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * A plain TCP balancer on a loopback port: connections go to the backends in turn; one that refuses is passed over, and
 * tried again after a second. It understands nothing of what it passes on. Thread-safe; its owner closes it.
 */
final class Balancer implements AutoCloseable {
    private static final Duration AVOIDED = Duration.ofSeconds(1);
    /** A backend that is gone refuses at once; one that is slow is waited for. */
    private static final int CONNECT_MILLIS = 10_000;

    private static final int READ_SIZE = 64 * 1024;

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final List<SocketAddress> backends;
    private final NetClient client = vertx.createNetClient(
            new NetClientOptions().setConnectTimeout(CONNECT_MILLIS).setReceiveBufferSize(READ_SIZE));
    private final NetServer server;
    private final AtomicInteger turn = new AtomicInteger();
    private final Map<SocketAddress, Long> refusedAt = new ConcurrentHashMap<>();

    private Balancer(int port, List<SocketAddress> backends) {
        this.backends = List.copyOf(backends);
        this.server = vertx.createNetServer(new NetServerOptions()
                        .setHost("127.0.0.1")
                        .setPort(port)
                        .setReceiveBufferSize(READ_SIZE))
                .connectHandler(this::connect);
    }

    /** Starts on this port, or on a free one if it is 0. */
    static Balancer start(int port, List<SocketAddress> backends) {
        Balancer balancer = new Balancer(port, backends);
        await(balancer.server.listen());
        return balancer;
    }

    int port() {
        return server.actualPort();
    }

    private void connect(NetSocket client) {
        client.pause();
        backend(order()).onSuccess(backend -> join(client, backend)).onFailure(nobody -> client.close());
    }

    /** Whose turn it is first, and those that refused of late last. */
    private List<SocketAddress> order() {
        int first = Math.floorMod(turn.getAndIncrement(), backends.size());
        long now = System.nanoTime();
        return IntStream.range(first, first + backends.size())
                .mapToObj(index -> backends.get(index % backends.size()))
                .sorted(Comparator.comparing(backend -> avoided(backend, now)))
                .toList();
    }

    private boolean avoided(SocketAddress backend, long now) {
        Long refused = refusedAt.get(backend);
        return refused != null && now - refused < AVOIDED.toNanos();
    }

    private Future<NetSocket> backend(List<SocketAddress> candidates) {
        SocketAddress candidate = candidates.get(0);
        List<SocketAddress> others = candidates.subList(1, candidates.size());
        Future<NetSocket> connected = client.connect(candidate)
                .onSuccess(socket -> refusedAt.remove(candidate))
                .onFailure(refusal -> refusedAt.put(candidate, System.nanoTime()));
        return others.isEmpty() ? connected : connected.recover(refusal -> backend(others));
    }

    private static void join(NetSocket client, NetSocket backend) {
        relay(client, backend);
        relay(backend, client);
        client.resume();
    }

    /** What breaks on one side breaks on the other: an end that is none would make a body look whole. */
    private static void relay(NetSocket from, NetSocket to) {
        from.pipe().endOnFailure(false).to(to).onFailure(broken -> {
            from.close();
            to.close();
        });
    }

    @Override
    public void close() {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }
}
