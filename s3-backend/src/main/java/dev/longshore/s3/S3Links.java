package dev.longshore.s3;

import dev.longshore.oci.Digest;
import dev.longshore.oci.Link;
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
    public Future<Boolean> has(Link.OfContent link) {
        String key = keys.link(link);
        return streams.read(
                        "HEAD " + key,
                        client -> client.headObject(
                                request -> request.bucket(streams.bucket()).key(key)))
                .map(true)
                .recover(failure ->
                        S3Failures.isAbsent(failure) ? Future.succeededFuture(false) : Future.failedFuture(failure));
    }

    @Override
    public Future<Void> add(Link.OfContent link) {
        return put(link, link.digest(), Map.of());
    }

    private Future<Void> put(Link link, Digest digest, Map<String, String> metadata) {
        return streams.put(keys.link(link), digest.toString().getBytes(StandardCharsets.ISO_8859_1), metadata);
    }

    @Override
    public Future<Optional<TagLink>> tag(RepositoryName repository, Tag tag) {
        String key = keys.link(Link.tag(repository, tag));
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
        return put(new Link.OfTag(repository, tag, Optional.of(digest)), digest, Map.of())
                .compose(noted -> put(
                        Link.tag(repository, tag),
                        digest,
                        Map.of(VALIDATED_AT, link.validatedAt().toString())));
    }

    @Override
    public Future<Void> removeTag(RepositoryName repository, Tag tag) {
        return streams.delete(keys.link(Link.tag(repository, tag)));
    }

    @Override
    public Future<Set<String>> purge(Purge purge) {
        return Future.join(
                        purge.roots().stream().map(root -> covered(purge, root)).toList())
                .compose(found -> {
                    Map<String, String> names = new TreeMap<>();
                    found.<Map<String, String>>list().forEach(names::putAll);
                    return delete(purge.dryRun() ? List.of() : List.copyOf(names.keySet()))
                            .map(Set.copyOf(names.values()));
                });
    }

    /** There may be a hundred thousand: a few side by side, and not on an event loop. */
    private Future<Void> delete(List<String> links) {
        return streams.vertx()
                .executeBlocking(
                        () -> {
                            Waiting.onEach(links, streams::delete, deleted -> {});
                            return null;
                        },
                        false);
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
