package dev.longshore.cache;

import dev.longshore.oci.Digest;
import dev.longshore.oci.Purge;
import dev.longshore.oci.RepositoryLinks;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.Set;

/** Links of a bucket that has none and keeps none. */
enum TestLinks implements RepositoryLinks {
    NONE;

    @Override
    public Future<Boolean> hasLayer(RepositoryName repository, Digest digest) {
        return Future.succeededFuture(false);
    }

    @Override
    public Future<Void> addLayer(RepositoryName repository, Digest digest) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Boolean> hasRevision(RepositoryName repository, Digest digest) {
        return Future.succeededFuture(false);
    }

    @Override
    public Future<Void> addRevision(RepositoryName repository, Digest digest) {
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
