package dev.longshore.cache;

import dev.longshore.cache.TagCache.Target;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Freshness;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.Origin;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryLinks.TagLink;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A tag is an opinion of the upstream's, kept for a while. One that is due costs a {@code HEAD} for everyone who waits, and
 * a {@code GET}, by digest, only when it has moved. When the upstream cannot be asked, what was known is served, within
 * {@code stale-if-error}. Thread-safe.
 */
final class TaggedManifests {

    /** Whoever can be given a stale copy does not wait longer than this for an upstream that is slow. */
    static final Duration SLOW = Duration.ofSeconds(2);

    private final ManifestCache manifests;
    private final TagCache tags;
    private final Map<String, UpstreamSettings> policies;
    private final Clock clock;

    TaggedManifests(ManifestCache manifests, TagCache tags, Map<String, UpstreamSettings> policies, Clock clock) {
        this.manifests = manifests;
        this.tags = tags;
        this.policies = policies;
        this.clock = clock;
    }

    /** The manifest that {@code tag}, which {@code pull} asks for, points to. */
    Future<Manifest> get(ManifestPull pull, Tag tag) {
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
        return manifests
                .ask(pull)
                .map(manifest -> note(pull, tag, manifest)
                        .map(target -> manifest.validated(target.freshness()))
                        .orElse(manifest));
    }

    private Optional<Target> note(ManifestPull pull, Tag tag, Manifest manifest) {
        if (MediaTypes.isSchema1(manifest.descriptor().mediaType())) {
            return Optional.empty();
        }
        return Optional.of(tags.validated(
                pull.repository(), tag, manifest.descriptor(), policy(pull).tagTtl()));
    }

    private Future<Manifest> current(ManifestPull pull, Target target) {
        boolean onlyTold = !manifests.isHere(target.digest()) && !target.stale();
        if (pull.head() && onlyTold && target.told().isPresent()) {
            return Future.succeededFuture(new Manifest(
                    target.told().get(), Optional.empty(), Origin.MEMORY, Optional.of(target.freshness())));
        }
        return manifests
                .get(pull.of(target.digest()), target.digest())
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
        return manifests
                .kept(pull, before.get().digest())
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
        if (told.content().isPresent() || pull.head() && !manifests.isHere(digest)) {
            return Future.succeededFuture(found.target()
                    .map(target -> told.validated(target.freshness()))
                    .orElse(told));
        }
        return found.target()
                .map(target -> current(pull, target)
                        .onFailure(failure -> forgetUnknown(failure, () -> tags.gone(pull.repository(), tag, digest))))
                .orElseGet(() -> manifests.ask(pull));
    }

    /** What the upstream has told of a tag; the target is absent where none is noted, as for schema 1. */
    private record Whereabouts(Manifest told, Optional<Target> target) {}

    /**
     * Where the tag points: by a {@code HEAD}, or by its content where the upstream cannot answer that properly. It is
     * noted also when nobody waits for it any more.
     */
    private Future<Whereabouts> whereabouts(ManifestPull pull, Tag tag) {
        Future<Manifest> head = manifests.ask(pull.asHead(true));
        Future<Manifest> told = pull.head()
                ? head
                : head.recover(failure ->
                        RegistryException.isImproper(failure) ? manifests.ask(pull) : Future.failedFuture(failure));
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

    private Future<Manifest> unanswered(ManifestPull pull, Tag tag, Target known, boolean usable, Throwable failure) {
        if (!usable || !isOutage(failure)) {
            return Future.failedFuture(failure);
        }
        // Where only a HEAD is not answered properly, the next pull may well find out.
        Target stands = pull.head() && RegistryException.isImproper(failure)
                ? tags.patient(known)
                : tags.unanswered(pull.repository(), tag, known);
        return current(pull, stands)
                .recover(missing -> Future.failedFuture(
                        failure instanceof TimeoutException
                                ? new RegistryException(ErrorCode.UPSTREAM_TIMEOUT)
                                : failure));
    }
}
