package dev.longshore.cache;

import dev.longshore.oci.Digest;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    /** What a link says of which repository. Immutable. */
    record LinkAt(Kind kind, RepositoryName repository, Optional<Tag> tag) {

        /** What a link may say. */
        enum Kind {
            LAYER,
            REVISION,
            TAG
        }
    }

    /** What the link that lies at {@code file} says; none when it is no link, or only says where a tag pointed once. */
    Optional<LinkAt> linkAt(Path file) {
        List<String> parts = new ArrayList<>();
        repositories().relativize(file).forEach(part -> parts.add(part.toString()));
        int count = parts.size();
        try {
            if (count > 5 && parts.get(count - 4).equals("_layers")) {
                return Optional.of(new LinkAt(LinkAt.Kind.LAYER, repository(parts, count - 4), Optional.empty()));
            }
            if (count > 6 && parts.get(count - 4).equals("revisions")) {
                return Optional.of(new LinkAt(LinkAt.Kind.REVISION, repository(parts, count - 5), Optional.empty()));
            }
            if (count > 6
                    && parts.get(count - 4).equals("tags")
                    && parts.get(count - 2).equals("current")) {
                Tag tag = Tag.parse(parts.get(count - 3));
                return Optional.of(new LinkAt(LinkAt.Kind.TAG, repository(parts, count - 5), Optional.of(tag)));
            }
        } catch (RegistryException e) {
            // Not a name that a mirror would write.
        }
        return Optional.empty();
    }

    private static RepositoryName repository(List<String> parts, int count) {
        return RepositoryName.of(parts.get(0), String.join("/", parts.subList(1, count)));
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
