package dev.longshore.loadtest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** What the repositories of a fake registry hold; a repository shows only what was put into it. Thread-safe. */
public final class Content {
    static final String INDEX = "application/vnd.oci.image.index.v1+json";

    private final ConcurrentMap<String, Repository> repositories = new ConcurrentHashMap<>();

    /** Stores bytes and returns their digest. */
    public String putBlob(String repository, byte[] bytes) {
        return put(repository, Body.of(bytes));
    }

    /** Stores {@code size} pseudo-random bytes, which take no memory, and returns their digest. */
    public String putGenerated(String repository, long seed, long size) {
        return put(repository, Body.generated(seed, size));
    }

    private String put(String repository, Body body) {
        in(repository).blobs.put(body.digest(), body);
        return body.digest();
    }

    /** Stores a manifest of any form, reachable by digest alone, and returns its digest. */
    public String putManifest(String repository, byte[] bytes, String mediaType) {
        Body body = Body.of(bytes);
        in(repository).manifests.put(body.digest(), new StoredManifest(body, mediaType, Json.tree(bytes)));
        return body.digest();
    }

    /** Stores a manifest under a tag, which moves there if it exists, and returns its digest. */
    public String putManifest(String repository, String tag, byte[] bytes, String mediaType) {
        String digest = putManifest(repository, bytes, mediaType);
        tag(repository, tag, digest);
        return digest;
    }

    /** Sets or moves a tag. */
    public void tag(String repository, String tag, String digest) {
        in(repository).tags.put(tag, digest);
    }

    public void untag(String repository, String tag) {
        in(repository).tags.remove(tag);
    }

    /** Forgets a blob or manifest in one repository; tags that name it then lead nowhere. */
    public void remove(String repository, String digest) {
        in(repository).blobs.remove(digest);
        in(repository).manifests.remove(digest);
    }

    /** Puts what one repository holds under {@code digest} into another as well. */
    public void mount(String digest, String from, String into) {
        blob(from, digest).ifPresent(body -> put(into, body));
    }

    Optional<Body> blob(String repository, String digest) {
        return Optional.ofNullable(in(repository).blobs.get(digest));
    }

    Optional<StoredManifest> manifest(String repository, String reference) {
        Repository held = in(repository);
        String digest = reference.contains(":") ? reference : held.tags.get(reference);
        return digest == null ? Optional.empty() : Optional.ofNullable(held.manifests.get(digest));
    }

    /** The tags after {@code last} in lexical order, at most {@code limit}. */
    List<String> tags(String repository, String last, int limit) {
        return in(repository).tags.tailMap(last, false).keySet().stream()
                .limit(limit)
                .toList();
    }

    boolean exists(String repository) {
        return repositories.containsKey(repository);
    }

    /** The index of the manifests whose subject is {@code digest}, of one artifact type if it is given. */
    Map<String, Object> referrers(String repository, String digest, @Nullable String artifactType) {
        List<Map<String, Object>> found = new ArrayList<>();
        for (StoredManifest manifest : in(repository).manifests.values()) {
            if (manifest.tree.path("subject").path("digest").asText().equals(digest)
                    && (artifactType == null || artifactType.equals(manifest.artifactType()))) {
                found.add(manifest.descriptor());
            }
        }
        return Map.of("schemaVersion", 2, "mediaType", INDEX, "manifests", found);
    }

    private Repository in(String repository) {
        return repositories.computeIfAbsent(repository, name -> new Repository());
    }

    /** A manifest as it was put. Immutable. */
    record StoredManifest(Body body, String mediaType, JsonNode tree) {

        /** As the image specification defines it: the config's media type stands in where none is given. */
        String artifactType() {
            String given = tree.path("artifactType").asText();
            return given.isEmpty() ? tree.path("config").path("mediaType").asText() : given;
        }

        Map<String, Object> descriptor() {
            Map<String, Object> descriptor = new LinkedHashMap<>();
            descriptor.put("mediaType", mediaType);
            descriptor.put("digest", body.digest());
            descriptor.put("size", body.size());
            descriptor.put("artifactType", artifactType());
            return descriptor;
        }
    }

    private static final class Repository {
        private final ConcurrentMap<String, Body> blobs = new ConcurrentHashMap<>();
        private final ConcurrentMap<String, StoredManifest> manifests = new ConcurrentHashMap<>();
        private final ConcurrentSkipListMap<String, String> tags = new ConcurrentSkipListMap<>();
    }
}
