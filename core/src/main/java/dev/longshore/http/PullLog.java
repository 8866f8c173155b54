package dev.longshore.http;

import dev.longshore.oci.Origin;
import dev.longshore.oci.Reference;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One line a pull, for a person; for a program its parts are fields. Hops are told at debug only: their gateway has told
 * the pull. Event loops only queue; a worker writes what was gathered. When more is answered than is worth writing, or
 * nobody takes the lines, those that do not fit are counted and left out. Thread-safe.
 */
final class PullLog {

    private static final Logger log = LoggerFactory.getLogger("longshore.pulls");
    private static final long GATHERED_MILLIS = 250;
    private static final int LINES = 250;
    private static final int LONGEST = 300;

    private final Vertx vertx;
    private final WorkerExecutor writer;
    private final BlockingQueue<Served> waiting = new ArrayBlockingQueue<>(LINES);
    private final LongAdder left = new LongAdder();
    private final AtomicBoolean gathering = new AtomicBoolean();

    PullLog(Vertx vertx) {
        this.vertx = vertx;
        this.writer = vertx.createSharedWorkerExecutor("longshore-log", 1);
    }

    /** Takes note of one answer. Never blocks. */
    void answered(Served served) {
        if (!(served.hop() ? log.isDebugEnabled() : log.isInfoEnabled())) {
            return;
        }
        if (!waiting.offer(served)) {
            left.increment();
        }
        if (!gathering.get() && gathering.compareAndSet(false, true)) {
            vertx.setTimer(GATHERED_MILLIS, due -> flush());
        }
    }

    /** Writes what has been noted. */
    Future<Void> flush() {
        return writer.executeBlocking(() -> {
            gathering.set(false);
            List<Served> gathered = new ArrayList<>();
            waiting.drainTo(gathered);
            gathered.forEach(PullLog::write);
            long more = left.sumThenReset();
            if (more > 0) {
                log.info("… and {} more pulls", more);
            }
            return null;
        });
    }

    private static void write(Served served) {
        LoggingEventBuilder line = log.atLevel(served.hop() ? Level.DEBUG : Level.INFO);
        for (Map.Entry<String, Object> field : fields(served).entrySet()) {
            line = line.addKeyValue(field.getKey(), field.getValue());
        }
        line.log(sentence(served));
    }

    private static Map<String, Object> fields(Served served) {
        Origin origin = served.origin();
        Map<String, Object> fields = new LinkedHashMap<>();
        add(fields, "client", client(served));
        add(fields, "method", served.request().method().name());
        add(fields, "kind", served.kind().label());
        add(fields, "path", served.repository() == null ? path(served) : null);
        add(fields, "repository", text(served.repository()));
        add(fields, "reference", text(served.reference()));
        add(fields, "digest", text(served.digest()));
        add(fields, "status", served.status());
        add(fields, "cache", origin == null ? null : origin.cache().name());
        add(fields, "source", origin == null ? null : source(origin));
        add(fields, "bytes", served.bytes());
        add(fields, "first_byte_ms", millis(served.firstByteNanos()));
        add(fields, "duration_ms", millis(served.tookNanos()));
        add(fields, "broken_off", served.whole() ? null : true);
        add(fields, "error", served.error());
        return fields;
    }

    private static void add(Map<String, Object> fields, String name, @Nullable Object value) {
        if (value != null) {
            fields.put(name, value);
        }
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1e3) / 1e3;
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    private static String sentence(Served served) {
        Origin origin = served.origin();
        return served.request().method() + " " + name(served) + " " + served.status() + " "
                + (origin == null ? "-" : origin.cache() + " " + source(origin)) + " " + size(served.bytes()) + " in "
                + served.tookNanos() / 1_000_000 + " ms, first byte after " + served.firstByteNanos() / 1_000_000
                + " ms, for " + client(served) + (served.whole() ? "" : ", broken off")
                + (served.error() == null ? "" : ": " + printable(served.error()));
    }

    /** {@code manifest docker.io/library/alpine:3@sha256:…}: never a query, in which there may be a signature. */
    private static String name(Served served) {
        if (served.repository() == null) {
            return path(served);
        }
        String repository = served.kind().label() + " " + served.repository();
        Reference asked = served.reference();
        if (asked instanceof Tag tag) {
            return repository + ":" + tag + (served.digest() == null ? "" : "@" + served.digest());
        }
        return repository + (asked == null ? "" : "@" + asked);
    }

    private static String client(Served served) {
        if (served.pull() != null) {
            return served.pull().caller().address();
        }
        SocketAddress address = served.request().remoteAddress();
        return address == null ? "-" : address.hostAddress();
    }

    private static String source(Origin origin) {
        return origin.tier().name().toLowerCase(Locale.ROOT);
    }

    private static String path(Served served) {
        return printable(String.valueOf(served.request().path()));
    }

    /** What others have a say in, on one line and not endless. */
    private static String printable(String text) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < text.length() && i < LONGEST; i++) {
            char c = text.charAt(i);
            line.append(c >= ' ' && c < 127 ? c : '?');
        }
        return text.length() > LONGEST ? line.append('…').toString() : line.toString();
    }

    private static String size(long bytes) {
        if (bytes < 10_000) {
            return bytes + " B";
        }
        return bytes < 10_000_000 ? bytes / 1_000 + " kB" : bytes / 1_000_000 + " MB";
    }
}
