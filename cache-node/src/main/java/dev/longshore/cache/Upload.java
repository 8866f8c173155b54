package dev.longshore.cache;

import dev.longshore.blob.BlobStore;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Link;
import dev.longshore.oci.RepositoryLinks;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import java.util.Optional;

/** One thing that lies on the disk and belongs into the bucket. Immutable; equal when it is the same thing. */
sealed interface Upload {

    /** Copies it as it is on the disk by then; what is gone by then needs no copy. */
    Future<Void> run(BlobStore disk, RepositoryLinks links, Bucket bucket);

    /** A blob. */
    record OfBlob(Digest digest) implements Upload {

        @Override
        public Future<Void> run(BlobStore disk, RepositoryLinks links, Bucket bucket) {
            return disk.open(digest)
                    .compose(found -> found.map(
                                    blob -> bucket.blobs().write(blob).onComplete(end -> blob.close()))
                            .orElseGet(Future::succeededFuture));
        }

        @Override
        public String toString() {
            return digest.toString();
        }
    }

    /** That a repository has a blob or a manifest. */
    record OfContent(Link.OfContent link) implements Upload {

        @Override
        public Future<Void> run(BlobStore disk, RepositoryLinks links, Bucket bucket) {
            return links.has(link).compose(there -> there ? bucket.links().add(link) : Future.succeededFuture());
        }

        @Override
        public String toString() {
            return link.path();
        }
    }

    /**
     * Where a tag points, or that it is gone.
     *
     * @param digest where it pointed when this was noted; absent when it was removed
     */
    record OfTag(RepositoryName repository, Tag tag, Optional<Digest> digest) implements Upload {

        @Override
        public Future<Void> run(BlobStore disk, RepositoryLinks links, Bucket bucket) {
            return links.tag(repository, tag)
                    .compose(now -> now.map(link -> bucket.links().setTag(repository, tag, link))
                            .orElseGet(() -> bucket.links().removeTag(repository, tag)));
        }

        @Override
        public String toString() {
            return repository.storedName() + ":" + tag
                    + digest.map(to -> "@" + to).orElse("");
        }
    }
}
