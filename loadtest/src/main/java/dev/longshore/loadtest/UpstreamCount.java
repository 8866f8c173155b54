package dev.longshore.loadtest;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;

/**
 * What an upstream has sent of each digest until now, by its own count. Immutable.
 *
 * @param bytes in all
 * @param firstBytes when it began to send it, in milliseconds since the epoch
 */
record UpstreamCount(Map<String, Long> bytes, Map<String, Double> firstBytes) {

    UpstreamCount {
        bytes = Map.copyOf(bytes);
        firstBytes = Map.copyOf(firstBytes);
    }

    /** Reads the counters of a fake registry, as {@code http://127.0.0.1:5000/_stats}. Blocks. */
    static UpstreamCount read(URI stats) {
        try {
            HttpRequest request = HttpRequest.newBuilder(stats).build();
            JsonNode counters = Json.tree(HttpClient.newHttpClient()
                    .send(request, BodyHandlers.ofByteArray())
                    .body());
            Map<String, Long> bytes = new HashMap<>();
            counters.path("bytes")
                    .properties()
                    .forEach(sent -> bytes.put(sent.getKey(), sent.getValue().asLong()));
            Map<String, Double> firstBytes = new HashMap<>();
            counters.path("firstByteEpochMillis")
                    .properties()
                    .forEach(first ->
                            firstBytes.put(first.getKey(), first.getValue().asDouble()));
            return new UpstreamCount(bytes, firstBytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the counters at " + stats, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Bytes of one digest. */
    long of(String digest) {
        return bytes.getOrDefault(digest, 0L);
    }
}
