package dev.longshore.s3;

import dev.longshore.oci.Digest;
import dev.longshore.oci.Purge;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryLinks;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * The links in the bucket. A tag's link says itself when the upstream last gave it; one that another program wrote does
 * not, and is as old as its object. Thread-safe.
 */
final class S3Links implements RepositoryLinks {

    private static final String VALIDATED_AT = "validated-at";

    /** How far the bucket's clock may be ahead of ours. */
    private static final Duration SKEW = Duration.ofMinutes(5);

    private final S3Streams streams;
    private final S3Keys keys;

    S3Links(S3Streams streams, S3Keys keys) {
        this.streams = streams;
        this.keys = keys;
    }

    @Override
    public Future<Boolean> hasLayer(RepositoryName repository, Digest digest) {
        return exists(keys.layerLink(repository, digest));
    }

    @Override
    public Future<Void> addLayer(RepositoryName repository, Digest digest) {
        return put(keys.layerLink(repository, digest), digest);
    }

    @Override
    public Future<Boolean> hasRevision(RepositoryName repository, Digest digest) {
        return exists(keys.revisionLink(repository, digest));
    }

    @Override
    public Future<Void> addRevision(RepositoryName repository, Digest digest) {
        return put(keys.revisionLink(repository, digest), digest);
    }

    private Future<Boolean> exists(String key) {
        return streams.read(
                        "HEAD " + key,
                        client -> client.headObject(
                                request -> request.bucket(streams.bucket()).key(key)))
                .map(true)
                .recover(failure ->
                        S3Failures.isAbsent(failure) ? Future.succeededFuture(false) : Future.failedFuture(failure));
    }

    private Future<Void> put(String key, Digest digest) {
        return put(key, digest, Map.of());
    }

    private Future<Void> put(String key, Digest digest, Map<String, String> metadata) {
        return streams.put(key, digest.toString().getBytes(StandardCharsets.ISO_8859_1), metadata);
    }

    @Override
    public Future<Optional<TagLink>> tag(RepositoryName repository, Tag tag) {
        String key = keys.tagLink(repository, tag);
        return streams.read(
                        "GET " + key,
                        client -> client.getObject(
                                request -> request.bucket(streams.bucket()).key(key),
                                AsyncResponseTransformer.toBytes()))
                .map(S3Links::link)
                .recover(failure -> S3Failures.isAbsent(failure)
                        ? Future.succeededFuture(Optional.empty())
                        : Future.failedFuture(failure));
    }

    private static Optional<TagLink> link(ResponseBytes<GetObjectResponse> object) {
        GetObjectResponse head = object.response();
        Instant written = head.lastModified() == null ? Instant.EPOCH : head.lastModified();
        try {
            Digest digest =
                    Digest.parse(object.asString(StandardCharsets.ISO_8859_1).strip());
            String told = head.metadata().get(VALIDATED_AT);
            return Optional.of(new TagLink(digest, told == null ? written : Instant.parse(told)));
        } catch (RegistryException | DateTimeException e) {
            // Not a link, whoever wrote it.
            return Optional.empty();
        }
    }

    @Override
    public Future<Void> setTag(RepositoryName repository, Tag tag, TagLink link) {
        Digest digest = link.digest();
        return put(keys.tagIndexLink(repository, tag, digest), digest)
                .compose(noted -> put(
                        keys.tagLink(repository, tag),
                        digest,
                        Map.of(VALIDATED_AT, link.validatedAt().toString())));
    }

    @Override
    public Future<Void> removeTag(RepositoryName repository, Tag tag) {
        return streams.delete(keys.tagLink(repository, tag));
    }

    @Override
    public Future<Set<String>> purge(Purge purge) {
        return Future.join(
                        purge.roots().stream().map(root -> covered(purge, root)).toList())
                .compose(found -> {
                    Map<String, String> names = new TreeMap<>();
                    found.<Map<String, String>>list().forEach(names::putAll);
                    List<Future<Void>> deleted = purge.dryRun()
                            ? List.of()
                            : names.keySet().stream().map(streams::delete).toList();
                    return Future.join(deleted).map(Set.copyOf(names.values()));
                });
    }

    /** Key → how people call what the link there says. */
    private Future<Map<String, String>> covered(Purge purge, String root) {
        Map<String, String> names = new TreeMap<>();
        return streams.list(
                        keys.links(root),
                        object -> keys.linkAt(object.key())
                                .filter(link -> purge.covers(link.repository(), link.reference()))
                                .filter(link ->
                                        purge.covers(object.lastModified().minus(SKEW)))
                                .ifPresent(link -> names.put(object.key(), link.toString())))
                .map(names);
    }
}
