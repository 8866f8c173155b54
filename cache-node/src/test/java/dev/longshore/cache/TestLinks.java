package dev.longshore.cache;

import dev.longshore.oci.Link;
import dev.longshore.oci.Purge;
import dev.longshore.oci.RepositoryLinks;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.Set;

/** Links of a bucket that has none and keeps none. */
class TestLinks implements RepositoryLinks {

    static final RepositoryLinks NONE = new TestLinks();

    @Override
    public Future<Boolean> has(Link.OfContent link) {
        return Future.succeededFuture(false);
    }

    @Override
    public Future<Void> add(Link.OfContent link) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Optional<TagLink>> tag(RepositoryName repository, Tag tag) {
        return Future.succeededFuture(Optional.empty());
    }

    @Override
    public Future<Void> setTag(RepositoryName repository, Tag tag, TagLink link) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> removeTag(RepositoryName repository, Tag tag) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Set<String>> purge(Purge purge) {
        return Future.succeededFuture(Set.of());
    }
}
