package dev.longshore.oci;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of repositories: which digests a repository has, and where its tags point. Each fact is a small file or
 * object in Distribution's layout. What is not known here may be true all the same; where nothing can be asked the
 * future fails. Implementations are thread-safe; a future completes on the caller's context.
 */
public interface RepositoryLinks {

    /**
     * Where a tag pointed, and when the upstream last said so. Immutable.
     *
     * @param before where it pointed before, and when that was last said, as far as that is known
     */
    record TagLink(Digest digest, Instant validatedAt, Optional<TagLink> before) {

        public TagLink(Digest digest, Instant validatedAt) {
            this(digest, validatedAt, Optional.empty());
        }
    }

    /** Whether the repository is known to have it. */
    Future<Boolean> has(Link.OfContent link);

    /** Notes that the repository has it. */
    Future<Void> add(Link.OfContent link);

    /** Where the tag points, as far as is known here. */
    Future<Optional<TagLink>> tag(RepositoryName repository, Tag tag);

    /** Notes that the upstream said, at {@code link}'s time, where the tag points. */
    Future<Void> setTag(RepositoryName repository, Tag tag, TagLink link);

    /** Notes that the upstream no longer has the tag. */
    Future<Void> removeTag(RepositoryName repository, Tag tag);

    /** Forgets what {@code purge} covers, unless that is a dry run; completes with how people call it. */
    Future<Set<String>> purge(Purge purge);
}
