package dev.longshore.cache;

import dev.longshore.oci.Digest;
import dev.longshore.oci.LinkPath;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where everything lies under the storage directory. Source: Distribution's {@code registry/storage/paths.go} for
 * {@code docker/}; {@code longshore/} holds what that layout has no place for, and may be deleted while the mirror is
 * stopped: then blobs are hashed again before they are served. Immutable.
 */
record Layout(Path root) {

    Path blobs() {
        return registry().resolve("blobs");
    }

    Path blobFolder(Digest digest) {
        return blobs().resolve(digest.algorithm().label())
                .resolve(digest.hex().substring(0, 2))
                .resolve(digest.hex());
    }

    Path blob(Digest digest) {
        return blobFolder(digest).resolve("data");
    }

    Path repositories() {
        return registry().resolve("repositories");
    }

    Path tag(RepositoryName repository, Tag tag) {
        return manifests(repository).resolve("tags").resolve(tag.value());
    }

    /** What the tag points to now; its time is when the upstream last said so. */
    Path tagLink(RepositoryName repository, Tag tag) {
        return tag(repository, tag).resolve("current").resolve("link");
    }

    /** That the tag pointed there once. */
    Path tagIndexLink(RepositoryName repository, Tag tag, Digest digest) {
        return link(tag(repository, tag).resolve("index"), digest);
    }

    Path revisionLink(RepositoryName repository, Digest digest) {
        return link(manifests(repository).resolve("revisions"), digest);
    }

    Path layerLink(RepositoryName repository, Digest digest) {
        return link(repository(repository).resolve("_layers"), digest);
    }

    /** What the link that lies at {@code file} says; none when it is no link. */
    Optional<LinkPath> linkAt(Path file) {
        return LinkPath.parse(repositories().relativize(file).toString());
    }

    /** Blobs that are being filled, under names that nobody reads. */
    Path fills() {
        return own().resolve("fills");
    }

    /** Which blobs we published, least recently used first. */
    Path index() {
        return own().resolve("index");
    }

    /** What has reached the bucket. */
    Path uploaded() {
        return own().resolve("uploaded");
    }

    Path listings() {
        return own().resolve("listings");
    }

    /** Held by the process that uses the directory. */
    Path lock() {
        return own().resolve("lock");
    }

    private Path own() {
        return root.resolve("longshore");
    }

    private Path registry() {
        return root.resolve("docker").resolve("registry").resolve("v2");
    }

    private Path repository(RepositoryName repository) {
        return repositories().resolve(repository.storedName());
    }

    private Path manifests(RepositoryName repository) {
        return repository(repository).resolve("_manifests");
    }

    private static Path link(Path parent, Digest digest) {
        return parent.resolve(digest.algorithm().label()).resolve(digest.hex()).resolve("link");
    }
}
