package dev.longshore.loadtest;

import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Everything that a fake registry was asked, in order of arrival; it grows with every request. Thread-safe. */
public final class RequestLog {
    private final ConcurrentLinkedQueue<Exchange> exchanges = new ConcurrentLinkedQueue<>();
    private final Level connections = new Level();
    private final Level requests = new Level();

    Exchange begin(Request request) {
        Exchange exchange = new Exchange(request);
        exchanges.add(exchange);
        requests.rise();
        return exchange;
    }

    void end(Exchange exchange) {
        exchange.finish();
        requests.fall();
    }

    void connected() {
        connections.rise();
    }

    void disconnected() {
        connections.fall();
    }

    public List<Exchange> all() {
        return List.copyOf(exchanges);
    }

    public List<Exchange> matching(Predicate<Request> which) {
        return exchanges.stream()
                .filter(exchange -> which.test(exchange.request()))
                .toList();
    }

    public int count(Predicate<Request> which) {
        return matching(which).size();
    }

    /** Body bytes sent, of whatever content. */
    public long bytesSent() {
        return exchanges.stream().mapToLong(Exchange::bytesSent).sum();
    }

    /** Body bytes sent of one content, whether here or where a redirect led to. */
    public long bytesSent(String digest) {
        return of(digest).stream().mapToLong(Exchange::bytesSent).sum();
    }

    /** How many bytes of one content were sent again after they had been sent: 0 if each left once at most. */
    public long repeatedBytes(String digest) {
        long repeated = 0;
        long reached = 0;
        for (Exchange exchange : of(digest)) {
            long end = exchange.offset() + exchange.bytesSent();
            repeated += Math.max(0, Math.min(end, reached) - exchange.offset());
            reached = Math.max(reached, end);
        }
        return repeated;
    }

    private List<Exchange> of(String digest) {
        return exchanges.stream()
                .filter(exchange -> exchange.digest().equals(digest) && exchange.bytesSent() > 0)
                .sorted(Comparator.comparingLong(Exchange::offset))
                .toList();
    }

    /** The most connections that were ever open at once. */
    public int peakConnections() {
        return connections.peak.get();
    }

    public int openConnections() {
        return connections.now.get();
    }

    /** The most requests that were ever under way at once. */
    public int peakRequests() {
        return requests.peak.get();
    }

    public int openRequests() {
        return requests.now.get();
    }

    /** Forgets the past; what is under way stays counted as open. */
    public void clear() {
        exchanges.clear();
        connections.forget();
        requests.forget();
    }

    /** The counters, for a benchmark script to read. */
    Map<String, Object> counters() {
        Map<Request.Kind, Integer> byKind = new EnumMap<>(Request.Kind.class);
        Map<String, Long> bytes = new TreeMap<>();
        for (Exchange exchange : exchanges) {
            byKind.merge(exchange.request().kind(), 1, Integer::sum);
            bytes.merge(exchange.digest(), exchange.bytesSent(), Long::sum);
        }
        bytes.values().removeIf(sent -> sent == 0);
        Map<String, Long> repeated = new TreeMap<>();
        bytes.keySet().forEach(digest -> repeated.put(digest, repeatedBytes(digest)));
        Map<String, Double> firstBytes = new TreeMap<>();
        for (Exchange exchange : exchanges) {
            Instant at = exchange.firstByteAt();
            if (at != null) {
                firstBytes.putIfAbsent(exchange.digest(), at.getEpochSecond() * 1e3 + at.getNano() / 1e6);
            }
        }
        Map<String, Object> counters = new LinkedHashMap<>();
        counters.put("requests", byKind);
        counters.put("bytes", bytes);
        counters.put("repeatedBytes", repeated);
        counters.put("firstByteEpochMillis", firstBytes);
        counters.put("peakConnections", peakConnections());
        counters.put("peakRequests", peakRequests());
        return counters;
    }

    /** A count that goes up and down, and its highest. Thread-safe. */
    private static final class Level {
        private final AtomicInteger now = new AtomicInteger();
        private final AtomicInteger peak = new AtomicInteger();

        void rise() {
            peak.accumulateAndGet(now.incrementAndGet(), Math::max);
        }

        void fall() {
            now.decrementAndGet();
        }

        void forget() {
            peak.set(now.get());
        }
    }
}
