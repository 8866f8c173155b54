package dev.longshore.cli;

import dev.longshore.config.LogSettings;
import dev.longshore.config.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A role at work: from its start, through the signal that asks it to stop, to the end of its drain. The first SIGTERM or
 * Ctrl-C drains, the second stops at once. Thread-safe.
 */
final class Server {

    /** The drain keeps its own time; past this much more it hangs. */
    static final Duration GRACE = Duration.ofSeconds(5);

    private static final int KILLED = 130;
    private static final String ALLOCATOR = "io.netty.allocator.type";

    private final Vertx vertx;
    private final Settings settings;
    private final Running role;
    private final CountDownLatch stop;
    private final Logger log = LoggerFactory.getLogger(Server.class);

    private Server(Vertx vertx, Settings settings, Running role, CountDownLatch stop) {
        this.vertx = vertx;
        this.settings = settings;
        this.role = role;
        this.stop = stop;
    }

    /**
     * Starts a role and waits until it is ready.
     *
     * @throws Exception what the start failed with, its message fit for the operator
     */
    static Server start(Settings settings, BiFunction<Vertx, Settings, Future<? extends Running>> role)
            throws Exception {
        setUp(settings.log());
        setUpBuffers();
        CountDownLatch stop = new CountDownLatch(1);
        // Already who is still starting may have been asked for something.
        Signals.handle("TERM", () -> stopOrHalt(stop));
        Signals.handle("INT", () -> stopOrHalt(stop));
        Vertx vertx = Vertx.vertx(options());
        try {
            Running running = await(role.apply(vertx, settings), Duration.ofMinutes(10));
            return new Server(vertx, settings, running, stop);
        } catch (ExecutionException e) {
            await(vertx.close(), GRACE);
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /** For {@code logback.xml}, which is read when the first logger is made. */
    private static void setUp(LogSettings log) {
        System.setProperty("LONGSHORE_LOG_LEVEL", log.level().toString());
        System.setProperty("LONGSHORE_LOG_FORMAT", log.format().toString());
        System.setProperty("LONGSHORE_LOG_PULLS", log.access() ? "INHERITED" : "OFF");
    }

    /** For Netty, whose own choice is for heaps larger than ours: an answer with a manifest then takes 4 % more time. */
    private static void setUpBuffers() {
        if (System.getProperty(ALLOCATOR) == null) {
            System.setProperty(ALLOCATOR, "pooled");
        }
    }

    private static void stopOrHalt(CountDownLatch stop) {
        if (stop.getCount() == 0) {
            Runtime.getRuntime().halt(KILLED);
        }
        stop.countDown();
    }

    private static VertxOptions options() {
        // Nothing is served from the class path: without this Vert.x makes a folder in /tmp at every start.
        FileSystemOptions files =
                new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false);
        return new VertxOptions().setPreferNativeTransport(true).setFileSystemOptions(files);
    }

    /** What a person reads when it is ready. */
    String greeting() {
        return Greeting.of(settings, role.doors());
    }

    Running role() {
        return role;
    }

    /** Blocks until a signal comes and the drain is over; the process's exit code. */
    int untilStopped() throws InterruptedException {
        stop.await();
        return stop();
    }

    /** Drains at once, as if a signal had come. */
    int stop() throws InterruptedException {
        Duration drainTimeout = settings.drainTimeout();
        log.info("Stopping: bodies under way may take {} s", drainTimeout.toSeconds());
        try {
            await(role.drain(), drainTimeout.plus(GRACE));
            await(vertx.close(), GRACE);
            log.info("Stopped");
            return 0;
        } catch (ExecutionException | TimeoutException e) {
            log.error("Stopped before everything was finished", e);
            return 1;
        }
    }

    private static <T> T await(Future<T> future, Duration atMost)
            throws InterruptedException, ExecutionException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }
}
