package dev.longshore.loadtest;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * What is done to a mirror during a load: shell commands, one after another, once a moment has come. What they print
 * goes to stderr. Thread-safe; started once.
 */
final class Meanwhile {
    private static final long LOOK_MILLIS = 5;
    private static final int NEVER = -1;

    private final List<String> commands;
    private final BooleanSupplier moment;
    private final List<Command> run = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private final AtomicBoolean begun = new AtomicBoolean();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread daemon = new Thread(work, "meanwhile");
        daemon.setDaemon(true);
        return daemon;
    });
    private volatile long began;

    Meanwhile(List<String> commands, BooleanSupplier moment) {
        this.commands = List.copyOf(commands);
        this.moment = moment;
    }

    static Meanwhile nothing() {
        return new Meanwhile(List.of(), () -> true);
    }

    /** The load begins now. */
    void start() {
        began = System.nanoTime();
        ScheduledFuture<?> unused = thread.scheduleWithFixedDelay(this::look, 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        if (moment.getAsBoolean() && begun.compareAndSet(false, true)) {
            commands.forEach(command -> run.add(execute(command)));
            thread.shutdown();
            over.complete(null);
        }
    }

    private Command execute(String command) {
        double at = seconds();
        try {
            int code = new ProcessBuilder("/bin/sh", "-c", "exec >&2; " + command)
                    .inheritIO()
                    .start()
                    .waitFor();
            return new Command(command, code, at, seconds() - at);
        } catch (IOException e) {
            return new Command(command + ": " + e.getMessage(), NEVER, at, 0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Command(command, NEVER, at, seconds() - at);
        }
    }

    /** Since the load began; 0 before. */
    double seconds() {
        long from = began;
        return from == 0 ? 0 : (System.nanoTime() - from) / 1e9;
    }

    /** Whether all commands have been run. */
    boolean over() {
        return over.isDone();
    }

    /** The load has ended: waits for the command that runs; if the moment never came, nothing is run any more. */
    List<Command> end() {
        if (begun.compareAndSet(false, true)) {
            thread.shutdownNow();
            commands.forEach(command -> run.add(new Command(command, NEVER, 0, 0)));
        } else {
            over.join();
        }
        return List.copyOf(run);
    }

    /**
     * A command that was run. Immutable.
     *
     * @param exitCode -1 if it was never run
     * @param atSeconds since the load began
     */
    record Command(String command, int exitCode, double atSeconds, double seconds) {}
}
