package dev.longshore.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.longshore.oci.Link;
import dev.longshore.oci.Purge;
import dev.longshore.oci.RepositoryLinks;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The links on this node's disk, else those in the bucket, which are then remembered here. What is noted here reaches the
 * bucket later; a bucket that cannot be asked knows nothing. Thread-safe.
 */
final class TieredLinks implements RepositoryLinks {

    /** A tag's link in the bucket is renewed so often while the tag is found unmoved. */
    private static final Duration RENEWED = Duration.ofDays(1);

    private static final int REMEMBERED = 100_000;

    private final DiskLinks disk;
    private final RepositoryLinks bucket;
    private final Uploads uploads;
    private final Clock clock;
    private final Cache<Key, TagLink> uploaded =
            Caffeine.newBuilder().maximumSize(REMEMBERED).build();

    private record Key(RepositoryName repository, Tag tag) {}

    TieredLinks(DiskLinks disk, RepositoryLinks bucket, Uploads uploads, Clock clock) {
        this.disk = disk;
        this.bucket = bucket;
        this.uploads = uploads;
        this.clock = clock;
    }

    @Override
    public Future<Boolean> has(Link.OfContent link) {
        return disk.has(link)
                .compose(here -> here
                        ? Future.succeededFuture(true)
                        : bucket.has(link)
                                .otherwise(false)
                                .compose(there -> there ? disk.adopt(link).map(true) : Future.succeededFuture(false)));
    }

    /** What was noted before has been on its way to the bucket since. */
    @Override
    public Future<Void> add(Link.OfContent link) {
        return disk.has(link)
                .compose(here -> here
                        ? Future.succeededFuture()
                        : disk.add(link).onSuccess(noted -> uploads.add(new Upload.OfContent(link))));
    }

    /** A link that was not renewed here for long may have been renewed by another node: the later one counts. */
    @Override
    public Future<Optional<TagLink>> tag(RepositoryName repository, Tag tag) {
        return disk.tag(repository, tag)
                .compose(here -> here.isPresent() && !isOld(here.get())
                        ? Future.succeededFuture(here)
                        : bucket.tag(repository, tag)
                                .otherwise(Optional.empty())
                                .map(there -> later(repository, tag, here, there)));
    }

    private boolean isOld(TagLink link) {
        return link.validatedAt().plus(RENEWED).isBefore(clock.instant());
    }

    private Optional<TagLink> later(
            RepositoryName repository, Tag tag, Optional<TagLink> here, Optional<TagLink> there) {
        boolean isHere = there.isEmpty()
                || here.isPresent()
                        && !here.get().validatedAt().isBefore(there.get().validatedAt());
        if (isHere) {
            return here;
        }
        TagLink later = there.get();
        uploaded.put(new Key(repository, tag), later);
        disk.setTag(repository, tag, later);
        Optional<TagLink> before =
                here.flatMap(link -> link.digest().equals(later.digest()) ? link.before() : Optional.of(link));
        return Optional.of(new TagLink(later.digest(), later.validatedAt(), before));
    }

    @Override
    public Future<Void> setTag(RepositoryName repository, Tag tag, TagLink link) {
        return disk.setTag(repository, tag, link).onSuccess(noted -> {
            Key key = new Key(repository, tag);
            TagLink last = uploaded.getIfPresent(key);
            if (last == null
                    || !last.digest().equals(link.digest())
                    || last.validatedAt().plus(RENEWED).isBefore(link.validatedAt())) {
                uploaded.put(key, link);
                uploads.add(new Upload.OfTag(repository, tag, Optional.of(link.digest())));
            }
        });
    }

    @Override
    public Future<Void> removeTag(RepositoryName repository, Tag tag) {
        return disk.removeTag(repository, tag).onSuccess(removed -> {
            uploaded.invalidate(new Key(repository, tag));
            uploads.add(new Upload.OfTag(repository, tag, Optional.empty()));
        });
    }

    @Override
    public Future<Set<String>> purge(Purge purge) {
        Set<String> names = new TreeSet<>();
        return disk.purge(purge)
                .onSuccess(names::addAll)
                .compose(here -> bucket.purge(purge))
                .onSuccess(names::addAll)
                .compose(there -> {
                    if (purge.dryRun()) {
                        return Future.succeededFuture(names);
                    }
                    uploaded.asMap().keySet().removeIf(key -> purge.covers(key.repository, key.tag));
                    // What a pull has found in the bucket meanwhile lies on the disk again.
                    return disk.purge(purge).map(names);
                });
    }
}
