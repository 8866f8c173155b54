package dev.longshore.cache;

import dev.longshore.oci.Digest;
import dev.longshore.oci.Link;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where everything lies under the storage directory. Source: Distribution's {@code registry/storage/paths.go} for
 * {@code docker/}; {@code longshore/} holds what that layout has no place for, and may be deleted at any time: after the
 * next start blobs are hashed again before they are served. Immutable.
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

    /** The time of the file that a tag's link is, is when the upstream last said so. */
    Path link(Link link) {
        return repositories().resolve(link.path());
    }

    /** The link that lies at {@code file}; none when it is no link. */
    Optional<Link> linkAt(Path file) {
        return Link.at(repositories().relativize(file).toString());
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
}
