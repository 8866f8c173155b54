package dev.longshore.cluster;

import dev.longshore.oci.Purge;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The purges of the last day, as this process hears of them: each at once, or later when it was away. What comes is signed,
 * since Hazelcast lets in who knows the cluster's name. Thread-safe.
 */
final class PurgeNews {

    private static final Logger LOG = LoggerFactory.getLogger(PurgeNews.class);

    private static final long RECENT_NANOS = Duration.ofMinutes(1).toNanos();

    private final ClusterKeys keys;

    /** Name → when it became known here. */
    private final Map<String, Long> known = new ConcurrentHashMap<>();

    private volatile @Nullable Consumer<Purge> follower;

    PurgeNews(ClusterKeys keys) {
        this.keys = keys;
    }

    /** From now on {@code follower} is told. */
    void follow(Consumer<Purge> follower) {
        this.follower = follower;
    }

    /** What is told to everybody under {@code name}, and need not be told here. */
    String tell(String name, Purge purge) {
        known.put(name, System.nanoTime());
        return keys.sign(text(name, purge.query())) + " " + purge.query();
    }

    /** What comes before there is somebody to be told is read again later. */
    void heard(String name, String news) {
        Consumer<Purge> told = follower;
        String[] parts = news.split(" ", 2);
        if (told == null || parts.length < 2 || !keys.verify(text(name, parts[1]), parts[0])) {
            return;
        }
        if (known.putIfAbsent(name, System.nanoTime()) != null) {
            return;
        }
        Purge purge = Purge.parse(parts[1]);
        LOG.info("purging {}", purge.patterns());
        told.accept(purge);
    }

    /** Forgets the names of those that are kept no longer; what has just been told may be missing still. */
    void keep(Map<String, String> all) {
        long recently = System.nanoTime() - RECENT_NANOS;
        known.entrySet().removeIf(name -> !all.containsKey(name.getKey()) && name.getValue() - recently < 0);
        all.forEach(this::heard);
    }

    private static String text(String name, String query) {
        return "v1-purge\n" + name + "\n" + query;
    }
}
