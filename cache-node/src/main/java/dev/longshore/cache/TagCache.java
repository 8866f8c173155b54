package dev.longshore.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.longshore.oci.Descriptor;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Freshness;
import dev.longshore.oci.Purge;
import dev.longshore.oci.RepositoryLinks;
import dev.longshore.oci.RepositoryLinks.TagLink;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/**
 * Where tags point, and how long that stands: {@code tag-ttl} with ±10 % of jitter, so that tags which were asked for
 * together are not asked for together again. It outlives the process in {@link RepositoryLinks}. Thread-safe.
 */
final class TagCache {

    private static final int REMEMBERED = 100_000;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final RepositoryLinks links;
    private final Predicate<Digest> isHere;
    private final Clock clock;
    private final Cache<Key, Target> targets =
            Caffeine.newBuilder().maximumSize(REMEMBERED).build();

    private record Key(RepositoryName repository, Tag tag) {}

    /**
     * Where a tag pointed when the upstream last answered.
     *
     * @param stale whether it has been asked since, in vain
     * @param before where it pointed before, when that was last here: what it points to now may not have been fetched yet
     * @param told what the upstream said of it; unknown after a restart
     */
    record Target(
            Digest digest, Freshness freshness, boolean stale, Optional<TagLink> before, Optional<Descriptor> told) {

        private TagLink link() {
            return new TagLink(digest, freshness.validatedAt());
        }

        boolean isFresh(Instant now) {
            return now.isBefore(freshness.freshUntil());
        }

        boolean isUsable(Instant now, Duration staleIfError) {
            return now.isBefore(freshness.validatedAt().plus(staleIfError));
        }
    }

    /** @param isHere whether this manifest's content is kept */
    TagCache(RepositoryLinks links, Predicate<Digest> isHere, Clock clock) {
        this.links = links;
        this.isHere = isHere;
        this.clock = clock;
    }

    /** Where the tag pointed, as far as is known here. */
    Future<Optional<Target>> find(RepositoryName repository, Tag tag, Duration ttl) {
        Key key = new Key(repository, tag);
        Target target = targets.getIfPresent(key);
        if (target != null) {
            return Future.succeededFuture(Optional.of(target));
        }
        return links.tag(repository, tag)
                .map(link -> link.map(kept -> {
                            Target found = new Target(
                                    kept.digest(),
                                    until(kept.validatedAt(), ttl),
                                    false,
                                    kept.before(),
                                    Optional.empty());
                            Target raced = targets.asMap().putIfAbsent(key, found);
                            return raced == null ? found : raced;
                        })
                        // Somebody may have found out meanwhile.
                        .or(() -> Optional.ofNullable(targets.getIfPresent(key))));
    }

    /** Notes that the upstream has just said that the tag points to {@code manifest}. */
    Target validated(RepositoryName repository, Tag tag, Descriptor manifest, Duration ttl) {
        Digest digest = manifest.digest();
        Instant now = clock.instant();
        Key key = new Key(repository, tag);
        Optional<Target> known = Optional.ofNullable(targets.getIfPresent(key));
        Optional<TagLink> before = known.flatMap(last -> last.digest().equals(digest) ? last.before() : former(last));
        Target target = new Target(digest, until(now, ttl), false, before, Optional.of(manifest));
        targets.put(key, target);
        links.setTag(repository, tag, new TagLink(digest, now, before));
        return target;
    }

    /** What was here when the tag moved on; of nothing that was only told of can a copy be given. */
    private Optional<TagLink> former(Target last) {
        return isHere.test(last.digest())
                ? Optional.of(last.link())
                : last.before().or(() -> Optional.of(last.link()));
    }

    private static Freshness until(Instant validatedAt, Duration ttl) {
        double jitter = ThreadLocalRandom.current().nextDouble(0.9, 1.1);
        return new Freshness(validatedAt, validatedAt.plusMillis((long) (ttl.toMillis() * jitter)));
    }

    /**
     * The upstream could not be asked: what was known stands for a few seconds, so that not every pull waits for it. What
     * was purged, or found out, in the meantime is left as it is.
     */
    Target unanswered(RepositoryName repository, Tag tag, Target target) {
        Target patient = patient(target);
        targets.asMap()
                .computeIfPresent(
                        new Key(repository, tag), (key, now) -> now.digest().equals(target.digest()) ? patient : now);
        return patient;
    }

    /** The same, as it is told when it could not be asked for. */
    Target patient(Target target) {
        Freshness freshness = patient(target.freshness().validatedAt());
        return new Target(target.digest(), freshness, true, target.before(), target.told());
    }

    /** For what could not be had anew: it is tried again after a few seconds. */
    Freshness patient(Instant validatedAt) {
        return new Freshness(validatedAt, clock.instant().plus(PATIENCE));
    }

    /** Notes that the upstream no longer has the tag. */
    void gone(RepositoryName repository, Tag tag) {
        targets.invalidate(new Key(repository, tag));
        links.removeTag(repository, tag);
    }

    /** Notes that the upstream no longer has what the tag pointed to; it may point elsewhere by now. */
    void gone(RepositoryName repository, Tag tag, Digest digest) {
        Target now = targets.asMap()
                .computeIfPresent(
                        new Key(repository, tag),
                        (key, target) -> target.digest().equals(digest) ? null : target);
        if (now == null) {
            links.removeTag(repository, tag);
        }
    }

    /** Forgets, after the links have been purged, what is remembered of them. */
    void purge(Purge purge) {
        targets.asMap()
                .entrySet()
                .removeIf(each ->
                        purge.covers(each.getKey().repository(), each.getKey().tag())
                                && purge.covers(each.getValue().freshness().validatedAt()));
    }
}
