package dev.longshore.oci;

import java.util.List;
import java.util.Optional;

/**
 * What a link says by the place where it lies, below the folder of all repositories. Source: Distribution's
 * {@code registry/storage/paths.go}. Immutable.
 *
 * @param reference the tag; or the digest of the manifest or blob
 */
public record LinkPath(Kind kind, RepositoryName repository, Reference reference) {

    /** What a link may say. */
    public enum Kind {
        LAYER,
        REVISION,
        /** Where a tag points now. */
        TAG,
        /** Where it pointed once. */
        FORMER
    }

    /** Reads a path with slashes; none when no mirror would write a link there. */
    public static Optional<LinkPath> parse(String path) {
        List<String> parts = List.of(path.split("/"));
        int count = parts.size();
        try {
            if (count > 5 && parts.get(count - 4).equals("_layers")) {
                return Optional.of(new LinkPath(Kind.LAYER, repository(parts, count - 4), digest(parts, count)));
            }
            if (count > 6 && parts.get(count - 4).equals("revisions")) {
                return Optional.of(new LinkPath(Kind.REVISION, repository(parts, count - 5), digest(parts, count)));
            }
            if (count > 6
                    && parts.get(count - 4).equals("tags")
                    && parts.get(count - 2).equals("current")) {
                return Optional.of(
                        new LinkPath(Kind.TAG, repository(parts, count - 5), Tag.parse(parts.get(count - 3))));
            }
            if (count > 8
                    && parts.get(count - 6).equals("tags")
                    && parts.get(count - 4).equals("index")) {
                return Optional.of(
                        new LinkPath(Kind.FORMER, repository(parts, count - 7), Tag.parse(parts.get(count - 5))));
            }
        } catch (RegistryException e) {
            // Not a name that a mirror would write.
        }
        return Optional.empty();
    }

    private static RepositoryName repository(List<String> parts, int count) {
        return RepositoryName.of(parts.get(0), String.join("/", parts.subList(1, count)));
    }

    private static Digest digest(List<String> parts, int count) {
        return Digest.parse(parts.get(count - 3) + ":" + parts.get(count - 2));
    }

    /** As a person calls it. */
    @Override
    public String toString() {
        return repository + (reference instanceof Digest ? "@" : ":") + reference;
    }
}
