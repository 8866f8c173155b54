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

/** What an upstream has sent of each digest until now, in bytes, by its own count. Immutable. */
record UpstreamCount(Map<String, Long> bytes) {

    UpstreamCount {
        bytes = Map.copyOf(bytes);
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
            return new UpstreamCount(bytes);
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
