package dev.longshore.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.longshore.config.Flags;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Nodes and gateways in this process, before a fake upstream that plays docker.io. Confined to a test. */
final class RunningCluster implements AutoCloseable {

    private static final String CONFIGURATION = """
            listen: 127.0.0.1:%d
            ops: {listen: "127.0.0.1:0"}
            drain-timeout: 20s
            upstreams:
              docker.io:
                url: %s
                timeouts: {connect: 1s, first-byte: 5s, idle: 5s}
            storage: {directory: %s, capacity: 10GiB, min-free: 0B%s}
            blob-delivery: %s
            cluster:
              name: %s
              secret-file: %s
              advertise: 127.0.0.1:%d
              public-url: http://127.0.0.1:%d
              members: [%s]
              hazelcast: {listen: "127.0.0.1:%d"}
            """;

    final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    final List<Member> nodes = new ArrayList<>();
    final List<Member> gateways = new ArrayList<>();
    private final FakeRegistry upstream;
    private final Path directory;
    private final Path secret;
    private final String bucket;
    private final String delivery;
    private final List<Integer> hazelcastPorts;
    private final String members;

    /** A process of its own in all but the name. */
    record Member(Vertx vertx, Running role) {

        int port() {
            return role.doors().registry().port();
        }

        int opsPort() {
            return role.doors().ops().actualPort();
        }

        void drain() {
            RunningMirror.await(role.drain());
            RunningMirror.await(vertx.close());
        }
    }

    private RunningCluster(FakeRegistry upstream, Path directory, int nodes, String bucket, String delivery) {
        this.upstream = upstream;
        this.directory = directory;
        this.bucket = bucket;
        this.delivery = delivery;
        // One more, for a node that joins later, and that nobody looks for.
        this.hazelcastPorts = FreePorts.find(nodes + 1);
        this.members = IntStream.range(0, Math.max(1, nodes))
                .mapToObj(this::hazelcast)
                .collect(Collectors.joining("\", \"", "\"", "\""));
        try {
            this.secret = Files.writeString(directory.resolve("secret"), "a secret of the test\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** So many of each, all of them ready. */
    static RunningCluster of(FakeRegistry upstream, Path directory, int nodes, int gateways) {
        return of(upstream, directory, nodes, gateways, "", "proxy");
    }

    /** With the bucket in the form of the configuration file, and {@code blob-delivery}. */
    static RunningCluster of(
            FakeRegistry upstream, Path directory, int nodes, int gateways, String bucket, String delivery) {
        RunningCluster cluster =
                new RunningCluster(upstream, directory, nodes, bucket.isEmpty() ? "" : ", s3: " + bucket, delivery);
        for (int i = 0; i < nodes; i++) {
            cluster.addNode(i);
        }
        for (int i = 0; i < gateways; i++) {
            cluster.gateways.add(cluster.start(Role.GATEWAY, "gateway" + i, FreePorts.find(), 5701, Gateway::start));
        }
        return cluster;
    }

    /** Where Hazelcast finds the node of that number. */
    String hazelcast(int number) {
        return "127.0.0.1:" + hazelcastPorts.get(number);
    }

    /** Starts the node of that number, for the first time or again. */
    Member addNode(int number) {
        Member node =
                start(Role.CACHE_NODE, "node" + number, FreePorts.find(), hazelcastPorts.get(number), CacheNode::start);
        nodes.add(node);
        return node;
    }

    private Member start(
            Role role,
            String name,
            int port,
            int hazelcastPort,
            BiFunction<Vertx, Settings, ? extends Future<? extends Running>> starter) {
        String text = CONFIGURATION.formatted(
                port,
                upstream.url(),
                directory.resolve(name),
                bucket,
                delivery,
                "test-" + directory.getFileName(),
                secret,
                port,
                port,
                members,
                hazelcastPort);
        Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        try {
            Path file = Files.writeString(directory.resolve(name + ".yaml"), text);
            Settings settings = Settings.load(role, file, Map.of(), Flags.NONE);
            return new Member(vertx, RunningMirror.await(starter.apply(vertx, settings)));
        } catch (Exception e) {
            vertx.close();
            throw new IllegalStateException(e);
        }
    }

    URI uri(int gateway, String path) {
        return URI.create("http://127.0.0.1:" + gateways.get(gateway).port() + path);
    }

    HttpResponse<byte[]> get(int gateway, String path, String... headers) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri(gateway, path));
            if (headers.length > 0) {
                request.headers(headers);
            }
            return http.send(request.build(), BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    String text(int gateway, String path) {
        return new String(get(gateway, path).body(), UTF_8);
    }

    /** So many clients at once, dealt out over the gateways, ask for the same; the digests of what each gets. */
    List<CompletableFuture<String>> digests(int clients, String path) {
        return IntStream.range(0, clients)
                .mapToObj(client -> http.sendAsync(
                                HttpRequest.newBuilder(uri(client % gateways.size(), path))
                                        .build(),
                                BodyHandlers.ofInputStream())
                        .thenApplyAsync(answer -> answer.statusCode() == 200
                                ? RunningMirror.digest(answer.body())
                                : "status " + answer.statusCode()))
                .toList();
    }

    @Override
    public void close() {
        Stream.concat(gateways.stream(), nodes.stream()).forEach(Member::drain);
    }
}
