package dev.longshore.http;

import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line a pull, for a person who wants to see what happened. Under load only the first lines of each second are
 * written, and how many were left out: a log must not cost more than the pulls. Thread-safe.
 */
final class PullLog {

    private static final Logger log = LoggerFactory.getLogger("longshore.pulls");
    private static final int LINES_A_SECOND = 20;

    private final AtomicLong second = new AtomicLong();
    private final AtomicInteger lines = new AtomicInteger();

    /** Writes the line of one answer. */
    void answered(Served served) {
        if (!log.isInfoEnabled() || !admit(System.nanoTime() / 1_000_000_000L)) {
            return;
        }
        HttpServerRequest request = served.request();
        log.info(
                "{} {} {} {} {} in {} ms, from {}",
                request.method(),
                printable(request.uri()),
                served.status(),
                served.origin() == null ? "-" : served.origin().cache(),
                size(served.bytes()),
                served.tookNanos() / 1_000_000,
                request.remoteAddress() == null ? "-" : request.remoteAddress().hostAddress());
    }

    private boolean admit(long now) {
        long before = second.get();
        if (now != before && second.compareAndSet(before, now)) {
            int left = lines.getAndSet(0) - LINES_A_SECOND;
            if (left > 0) {
                log.info("… and {} more pulls in that second", left);
            }
        }
        return lines.incrementAndGet() <= LINES_A_SECOND;
    }

    /** What a client sent, on one line and not endless. */
    private static String printable(String uri) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < uri.length() && i < 300; i++) {
            char c = uri.charAt(i);
            text.append(c > ' ' && c < 127 ? c : '?');
        }
        return uri.length() > 300 ? text.append('…').toString() : text.toString();
    }

    private static String size(long bytes) {
        if (bytes < 10_000) {
            return bytes + " B";
        }
        return bytes < 10_000_000 ? bytes / 1_000 + " kB" : bytes / 1_000_000 + " MB";
    }
}
