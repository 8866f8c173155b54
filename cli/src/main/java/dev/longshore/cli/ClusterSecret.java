package dev.longshore.cli;

import dev.longshore.config.Secret;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster's keys as they are now: their file is read again when it changes, so that a key is replaced while
 * everything runs. A file that cannot be read, or has no key in it, leaves the keys as they were. Thread-safe.
 */
final class ClusterSecret implements Supplier<List<Secret>> {

    private static final Logger log = LoggerFactory.getLogger(ClusterSecret.class);
    private static final Duration LOOK = Duration.ofSeconds(5);

    private volatile List<Secret> keys;

    ClusterSecret(Vertx vertx, List<Secret> keys) {
        this(vertx, keys, LOOK);
    }

    /** @param look how often the file is read */
    ClusterSecret(Vertx vertx, List<Secret> keys, Duration look) {
        this.keys = keys;
        Path file = keys.isEmpty() ? null : keys.get(0).file();
        if (file != null) {
            vertx.setPeriodic(look.toMillis(), due -> vertx.executeBlocking(() -> read(file)));
        }
    }

    private List<Secret> read(Path file) {
        try {
            List<Secret> found = Files.readAllLines(file).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .map(line -> new Secret(line, file))
                    .toList();
            if (found.isEmpty()) {
                log.warn("{} has no key in it: the cluster keeps those it had", file);
            } else if (!found.equals(keys)) {
                log.info("{} has changed: {} keys are known now", file, found.size());
                keys = found;
            }
        } catch (IOException e) {
            log.warn("cannot read {}: the cluster keeps the keys it had: {}", file, e.toString());
        }
        return keys;
    }

    @Override
    public List<Secret> get() {
        return keys;
    }
}
