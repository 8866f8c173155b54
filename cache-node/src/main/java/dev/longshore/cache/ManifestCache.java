package dev.longshore.cache;

import dev.longshore.blob.BytesBlob;
import dev.longshore.cache.TagCache.Target;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.http.SingleFlight;
import dev.longshore.http.SingleFlight.Shared;
import dev.longshore.oci.Descriptor;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Freshness;
import dev.longshore.oci.Link;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestBytes;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Reference;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryLinks;
import dev.longshore.oci.RepositoryLinks.TagLink;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manifests are content, kept by digest; a tag is an opinion of the upstream's, kept for a while. A tag that is due costs
 * one {@code HEAD} for everyone who waits, and a {@code GET}, by digest, only when it has moved. When the upstream cannot
 * be asked, what was known is served, within {@code stale-if-error}. Thread-safe.
 */
final class ManifestCache {

    private static final Logger log = LoggerFactory.getLogger(ManifestCache.class);

    /** Whoever can be given a stale copy does not wait longer than this for an upstream that is slow. */
    static final Duration SLOW = Duration.ofSeconds(2);

    private final DiskBlobStore store;
    private final SmallBlobs contents;
    private final RepositoryLinks links;
    private final TagCache tags;
    private final KnownSizes sizes;
    private final Registry upstream;
    private final Map<String, UpstreamSettings> policies;
    private final Clock clock;
    private final SingleFlight<Key, Manifest> flights;

    /** What is asked of the upstream, whoever asks. */
    private record Key(RepositoryName repository, Reference reference, boolean head) {}

    ManifestCache(
            Vertx vertx,
            DiskBlobStore store,
            SmallBlobs contents,
            RepositoryLinks links,
            TagCache tags,
            KnownSizes sizes,
            Registry upstream,
            Map<String, UpstreamSettings> policies,
            Clock clock) {
        this.flights = new SingleFlight<>(vertx);
        this.store = store;
        this.contents = contents;
        this.links = links;
        this.tags = tags;
        this.sizes = sizes;
        this.upstream = upstream;
        this.policies = policies;
        this.clock = clock;
    }

    Future<Manifest> get(ManifestPull pull) {
        return pull.reference() instanceof Digest digest ? byDigest(pull, digest) : byTag(pull, (Tag) pull.reference());
    }

    /** What another node is given: what lies here. */
    Future<Manifest> getForPeer(ManifestPull pull) {
        Future<Optional<Manifest>> here = pull.reference() instanceof Digest digest
                ? contents.here(digest).map(found -> found.map(this::manifest))
                : Future.succeededFuture(Optional.empty());
        return here.map(found -> found.orElseThrow(() -> new RegistryException(ErrorCode.MANIFEST_UNKNOWN)));
    }

    private Future<Manifest> byDigest(ManifestPull pull, Digest digest) {
        return kept(pull, digest)
                .compose(kept -> kept.map(Future::succeededFuture).orElseGet(() -> ask(pull)));
    }

    /** The manifest, if it lies here or in the bucket and this repository has it: by a link, else by a {@code HEAD} to the upstream. */
    private Future<Optional<Manifest>> kept(ManifestPull pull, Digest digest) {
        return links.has(Link.revision(pull.repository(), digest)).compose(linked -> {
            if (linked) {
                return read(digest);
            }
            return store.published(digest).isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : ask(pull.asHead(true))
                            .compose(has -> links.add(Link.revision(pull.repository(), digest)))
                            .compose(noted -> read(digest))
                            .recover(failure -> !pull.head() && isImproper(failure)
                                    ? Future.succeededFuture(Optional.empty())
                                    : Future.failedFuture(failure));
        });
    }

    private Future<Optional<Manifest>> read(Digest digest) {
        return contents.read(digest).map(found -> found.map(this::manifest));
    }

    private Manifest manifest(BytesBlob blob) {
        Buffer content = blob.bytes();
        String mediaType = ManifestBytes.parse(content, Optional.empty()).mediaType();
        Descriptor descriptor = new Descriptor(blob.digest(), mediaType, content.length());
        if (blob.origin().equals(Origin.S3)) {
            sizes.learn(content);
        }
        return new Manifest(descriptor, Optional.of(content), blob.origin(), Optional.empty());
    }

    /** From the upstream, once for everyone who asks the same now; kept before it is answered. */
    private Future<Manifest> ask(ManifestPull pull) {
        Key key = new Key(pull.repository(), pull.reference(), pull.head());
        Shared<Manifest> shared =
                flights.join(key, () -> upstream.manifest(pull).compose(manifest -> keep(pull.repository(), manifest)));
        return shared.leader() ? shared.answer() : shared.answer().map(manifest -> manifest.from(Origin.JOINED));
    }

    private Future<Manifest> keep(RepositoryName repository, Manifest manifest) {
        if (manifest.content().isEmpty() || isSchema1(manifest)) {
            return Future.succeededFuture(manifest);
        }
        Digest digest = manifest.descriptor().digest();
        Buffer content = manifest.content().get();
        sizes.learn(content);
        return contents.write(digest, content)
                .compose(written -> links.add(Link.revision(repository, digest)))
                .recover(failure -> {
                    log.debug("cannot keep {}: {}", digest, failure.toString());
                    return Future.succeededFuture();
                })
                .map(manifest);
    }

    private static boolean isSchema1(Manifest manifest) {
        return MediaTypes.isSchema1(manifest.descriptor().mediaType());
    }

    private Future<Manifest> byTag(ManifestPull pull, Tag tag) {
        UpstreamSettings policy = policy(pull);
        return tags.find(pull.repository(), tag, policy.tagTtl()).compose(known -> {
            if (known.isEmpty()) {
                return first(pull, tag);
            }
            return known.get().isFresh(clock.instant())
                    ? current(pull, known.get())
                            .recover(failure -> isUnknown(failure)
                                    ? validated(pull, tag, known.get())
                                    : Future.failedFuture(failure))
                    : validated(pull, tag, known.get());
        });
    }

    private UpstreamSettings policy(ManifestPull pull) {
        return Objects.requireNonNull(policies.get(pull.repository().upstream()));
    }

    /** A tag that nobody has asked for here. */
    private Future<Manifest> first(ManifestPull pull, Tag tag) {
        return ask(pull)
                .map(manifest -> note(pull, tag, manifest)
                        .map(target -> manifest.validated(target.freshness()))
                        .orElse(manifest));
    }

    private Optional<Target> note(ManifestPull pull, Tag tag, Manifest manifest) {
        if (isSchema1(manifest)) {
            return Optional.empty();
        }
        return Optional.of(tags.validated(
                pull.repository(), tag, manifest.descriptor(), policy(pull).tagTtl()));
    }

    private Future<Manifest> current(ManifestPull pull, Target target) {
        boolean onlyTold = store.published(target.digest()).isEmpty() && !target.stale();
        if (pull.head() && onlyTold && target.told().isPresent()) {
            return Future.succeededFuture(new Manifest(
                    target.told().get(), Optional.empty(), Origin.MEMORY, Optional.of(target.freshness())));
        }
        return byDigest(pull.of(target.digest()), target.digest())
                .map(manifest -> target.stale() ? manifest.from(Origin.STALE) : manifest)
                .map(manifest -> manifest.validated(target.freshness()))
                .recover(failure -> before(pull, target, failure));
    }

    /** The tag has moved, and what it points to now cannot be fetched: what it pointed to before will do. */
    private Future<Manifest> before(ManifestPull pull, Target target, Throwable failure) {
        Optional<TagLink> before = target.before()
                .filter(link -> clock.instant()
                        .isBefore(link.validatedAt().plus(policy(pull).staleIfError())));
        if (before.isEmpty() || !isOutage(failure)) {
            return Future.failedFuture(failure);
        }
        Freshness patient = tags.patient(before.get().validatedAt());
        return kept(pull, before.get().digest())
                .compose(kept -> kept.map(manifest -> Future.succeededFuture(
                                manifest.from(Origin.STALE).validated(patient)))
                        .orElseGet(() -> Future.failedFuture(failure)));
    }

    private static boolean isOutage(Throwable failure) {
        return failure instanceof TimeoutException
                || failure instanceof RegistryException outage && outage.unreachable();
    }

    /** A tag that is due: the upstream is asked where it points. */
    private Future<Manifest> validated(ManifestPull pull, Tag tag, Target known) {
        boolean usable = known.isUsable(clock.instant(), policy(pull).staleIfError());
        Future<Whereabouts> asked = whereabouts(pull, tag);
        return (usable ? asked.timeout(SLOW.toMillis(), TimeUnit.MILLISECONDS) : asked)
                .compose(found -> answered(pull, tag, found))
                .recover(failure -> unanswered(pull, tag, known, usable, failure));
    }

    /** What was told is the answer when it has the content, or when only the head is wanted and no content is kept. */
    private Future<Manifest> answered(ManifestPull pull, Tag tag, Whereabouts found) {
        Manifest told = found.told();
        Digest digest = told.descriptor().digest();
        if (told.content().isPresent() || pull.head() && store.published(digest).isEmpty()) {
            return Future.succeededFuture(found.target()
                    .map(target -> told.validated(target.freshness()))
                    .orElse(told));
        }
        return found.target()
                .map(target -> current(pull, target)
                        .onFailure(failure -> forgetUnknown(failure, () -> tags.gone(pull.repository(), tag, digest))))
                .orElseGet(() -> ask(pull));
    }

    /** What the upstream has told of a tag; the target is absent where none is noted, as for schema 1. */
    private record Whereabouts(Manifest told, Optional<Target> target) {}

    /**
     * Where the tag points: by a {@code HEAD}, or by its content where the upstream cannot answer that properly. It is
     * noted also when nobody waits for it any more.
     */
    private Future<Whereabouts> whereabouts(ManifestPull pull, Tag tag) {
        Future<Manifest> head = ask(pull.asHead(true));
        Future<Manifest> told = pull.head()
                ? head
                : head.recover(failure -> isImproper(failure) ? ask(pull) : Future.failedFuture(failure));
        return told.map(manifest -> new Whereabouts(manifest, note(pull, tag, manifest)))
                .onFailure(failure -> forgetUnknown(failure, () -> tags.gone(pull.repository(), tag)));
    }

    private static void forgetUnknown(Throwable failure, Runnable forget) {
        if (isUnknown(failure)) {
            forget.run();
        }
    }

    private static boolean isUnknown(Throwable failure) {
        return failure instanceof RegistryException answer && answer.code() == ErrorCode.MANIFEST_UNKNOWN;
    }

    private static boolean isImproper(Throwable failure) {
        return failure instanceof RegistryException answer && answer.improper();
    }

    private Future<Manifest> unanswered(ManifestPull pull, Tag tag, Target known, boolean usable, Throwable failure) {
        if (!usable || !isOutage(failure)) {
            return Future.failedFuture(failure);
        }
        // Where only a HEAD is not answered properly, the next pull may well find out.
        Target stands = pull.head() && isImproper(failure)
                ? tags.patient(known)
                : tags.unanswered(pull.repository(), tag, known);
        return current(pull, stands)
                .recover(missing -> Future.failedFuture(
                        failure instanceof TimeoutException
                                ? new RegistryException(ErrorCode.UPSTREAM_TIMEOUT)
                                : failure));
    }
}
