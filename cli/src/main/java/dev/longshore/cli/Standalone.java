package dev.longshore.cli;

import dev.longshore.access.GuardedRegistry;
import dev.longshore.access.MemoryRegistry;
import dev.longshore.cache.Tiers;
import dev.longshore.cli.Status.NodeStatus;
import dev.longshore.config.Settings;
import dev.longshore.http.Door;
import dev.longshore.http.RegistryServer;
import dev.longshore.oci.Registry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The whole mirror in one process: the front door and the cache, wired together. Thread-safe. */
final class Standalone implements Running {

    private final Storage storage;
    private final Doors doors;
    private final Duration patience;

    private Standalone(Storage storage, Doors doors, Duration patience) {
        this.storage = storage;
        this.doors = doors;
        this.patience = patience;
    }

    /** Starts the mirror; fails with a message for the operator. */
    static Future<Standalone> start(Vertx vertx, Settings settings) {
        Ground ground = Ground.of(vertx, settings);
        return Storage.open(ground, Tiers.NONE::with)
                .compose(storage -> serve(ground, storage)
                        .recover(failure ->
                                storage.close(Duration.ZERO).transform(closed -> Future.failedFuture(failure))));
    }

    private static Future<Standalone> serve(Ground ground, Storage storage) {
        Settings settings = ground.settings();
        MemoryRegistry remembered = new MemoryRegistry(
                storage.cache(), ground.clock(), Runtime.getRuntime().maxMemory() / 8);
        Registry guarded = new GuardedRegistry(remembered, settings::serves);
        Admin admin = new Admin(
                ground,
                Optional.of(new GuardedRegistry(storage.cache(), settings::serves)),
                () -> Future.succeededFuture(status(ground)),
                purge -> storage.cache()
                        .purge(purge)
                        // Also when the bucket cannot be asked.
                        .onComplete(purged -> remembered.purge(purge))
                        .map(purged -> Fleet.answer(purged, Set.of())));
        return Doors.open(ground, guarded, Door.OPEN, storage.checks(), admin, RegistryServer.NOBODY)
                .onSuccess(doors -> storage.keepHouse(() -> true))
                .map(doors -> new Standalone(storage, doors, settings.drainTimeout()));
    }

    private static Status status(Ground ground) {
        Figures figures = Figures.of(ground.meters().registry(), source -> true);
        Settings settings = ground.settings();
        NodeStatus self = new NodeStatus(settings.listen().toString(), 1, Optional.empty(), figures);
        return Status.of(settings.role().toString(), List.of(self), Figures.NONE);
    }

    @Override
    public Doors doors() {
        return doors;
    }

    /** Takes no more pulls, lets the bodies under way finish, and leaves the storage directory in order. */
    @Override
    public Future<Void> drain() {
        long deadline = System.nanoTime() + patience.toNanos();
        return doors.registry()
                .drain(patience)
                .eventually(() -> storage.close(Running.until(deadline).plus(LAST)))
                .eventually(doors.ops()::close);
    }
}
