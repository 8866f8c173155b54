package dev.longshore.http;

import dev.longshore.oci.Origin;
import dev.longshore.oci.Reference;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
    private static final int LINES = 1000;
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
        add(line, "client", client(served));
        add(line, "method", served.request().method().name());
        add(line, "kind", served.kind().label());
        add(line, "path", served.repository() == null ? path(served) : null);
        add(line, "repository", text(served.repository()));
        add(line, "reference", text(served.reference()));
        add(line, "digest", text(served.digest()));
        add(line, "status", served.status());
        Origin origin = served.origin();
        add(line, "cache", origin == null ? null : origin.cache().name());
        add(line, "source", origin == null ? null : source(origin));
        add(line, "bytes", served.bytes());
        add(line, "first_byte_ms", served.firstByteNanos() / 1_000 / 1e3);
        add(line, "duration_ms", served.tookNanos() / 1_000 / 1e3);
        add(line, "broken_off", served.whole() ? null : true);
        add(line, "error", served.error());
        line.log(sentence(served));
    }

    private static void add(LoggingEventBuilder line, String field, @Nullable Object value) {
        if (value != null) {
            line.addKeyValue(field, value);
        }
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
