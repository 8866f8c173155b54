package dev.longshore.loadtest;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Is an S3 server until it is killed. Confined to the thread that calls it. */
@Command(
        name = "s3-server",
        mixinStandardHelpOptions = true,
        description = {
            "An S3 server with one bucket on 127.0.0.1, for trials, until it is killed.",
            "Prints what to write under 'storage' in a node's configuration."
        })
final class S3ServerCommand implements Callable<Integer> {
    private static final int SECRET_BYTES = 20;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--listen", paramLabel = "PORT", description = "0, the default, takes a free port.")
    private int port;

    @Option(names = "--data", paramLabel = "DIR", description = "Where objects are kept; without it, in memory.")
    private @Nullable Path data;

    @Option(names = "--bucket", paramLabel = "NAME", description = "Default: ${DEFAULT-VALUE}.")
    private String bucket = "longshore";

    @Option(names = "--access-key", paramLabel = "ID", description = "Default: ${DEFAULT-VALUE}.")
    private String accessKey = "longshore";

    @Option(names = "--secret-key", paramLabel = "SECRET", description = "Without it, one by chance.")
    private String secretKey = chance();

    @Option(
            names = "--fail-every",
            paramLabel = "N",
            description = "Answer 503 to every N-th request; 0, the default, to none.")
    private long failEvery;

    @Option(
            names = "--control",
            paramLabel = "PORT",
            description = "Counters at GET /_stats; POST /_fail-every/N changes the faults. 0 takes a free port.")
    private @Nullable Integer control;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        try (S3Server server = S3Server.start(port, data, bucket, new S3Keys(accessKey, secretKey))) {
            server.failEvery(failEvery);
            PrintWriter out = spec.commandLine().getOut();
            out.printf(
                    "s3: {bucket: %s, region: us-east-1, endpoint: \"%s\", path-style: true, access-key-id: %s, secret-access-key: %s}%n",
                    bucket, server.url(), accessKey, secretKey);
            if (control != null) {
                out.printf("# control: http://127.0.0.1:%d%n", listen(vertx, control, server));
            }
            out.flush();
            new CountDownLatch(1).await();
            return 0;
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static int listen(Vertx vertx, int port, S3Server server) {
        return vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(port))
                .requestHandler(request -> control(request, server))
                .listen()
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
    }

    private static void control(HttpServerRequest request, S3Server server) {
        String order = "/_fail-every/";
        try {
            if (String.valueOf(request.path()).startsWith(order)) {
                server.failEvery(Long.parseLong(String.valueOf(request.path()).substring(order.length())));
            }
            request.response().end(Json.text(server.counters()));
        } catch (NumberFormatException e) {
            request.response().setStatusCode(400).end();
        }
    }

    private static String chance() {
        byte[] secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        return HexFormat.of().formatHex(secret);
    }
}
