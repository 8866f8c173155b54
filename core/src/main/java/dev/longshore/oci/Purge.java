package dev.longshore.oci;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * That something is to be forgotten, wherever it is kept. Who hears of it late forgets only what it has from before; so it
 * may be heard twice. Immutable.
 *
 * @param before until when that was noted which is meant
 * @param dryRun only to say what would be forgotten
 */
public record Purge(List<PurgePattern> patterns, Instant before, boolean dryRun) {

    public Purge {
        patterns = List.copyOf(patterns);
    }

    /** Reads {@link #query}. */
    public static Purge parse(String query) {
        Map<String, List<String>> parameters = new QueryStringDecoder(query, false).parameters();
        return new Purge(
                parameters.getOrDefault("pattern", List.of()).stream()
                        .map(PurgePattern::parse)
                        .toList(),
                Instant.parse(Objects.requireNonNull(parameters.get("before")).get(0)),
                parameters.containsKey("dry-run"));
    }

    /** As it travels from one process to another. */
    public String query() {
        return "before=" + before + (dryRun ? "&dry-run=" : "")
                + patterns.stream()
                        .map(pattern -> "&pattern=" + URLEncoder.encode(pattern.toString(), StandardCharsets.UTF_8))
                        .collect(Collectors.joining());
    }

    /** The same, of what there is at another moment. */
    public Purge asOf(Instant other) {
        return new Purge(patterns, other, dryRun);
    }

    /** Whether a tag, or what a digest names, is to be forgotten in a repository. */
    public boolean covers(RepositoryName repository, Reference reference) {
        return patterns.stream().anyMatch(pattern -> pattern.covers(repository, reference));
    }

    /** Whether something that was noted then is old enough. */
    public boolean covers(Instant noted) {
        return !noted.isAfter(before);
    }

    /** Content that is to go as well, whichever repositories have it: it was named by its digest. */
    public Set<Digest> contents() {
        return patterns.stream().flatMap(pattern -> pattern.digest().stream()).collect(Collectors.toUnmodifiableSet());
    }

    /** Below which names the repositories are that it may concern, each with a slash at its end, or empty for all. */
    public Set<String> roots() {
        return patterns.stream().map(pattern -> pattern.repositories().root()).collect(Collectors.toUnmodifiableSet());
    }
}
