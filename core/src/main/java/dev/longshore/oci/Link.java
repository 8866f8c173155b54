package dev.longshore.oci;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Something that is known of a repository, by the place where the small file or object that says so lies. Source:
 * Distribution's {@code registry/storage/paths.go}. Immutable.
 */
public sealed interface Link {

    /** Whose it is. */
    RepositoryName repository();

    /** The tag; or the digest of the manifest or blob. */
    Reference reference();

    /** Where it lies below the folder of all repositories; with slashes. */
    String path();

    /** What a digest is to its repository. */
    enum Kind {
        LAYER("_layers"),
        REVISION("_manifests/revisions");

        private final String folder;

        Kind(String folder) {
            this.folder = folder;
        }
    }

    /** That a repository has a blob or a manifest. */
    record OfContent(Kind kind, RepositoryName repository, Digest digest) implements Link {

        private static final Pattern PATH =
                Pattern.compile("([^/]+)/(.+)/(_layers|_manifests/revisions)/([^/]+)/([^/]+)/link");

        @Override
        public Reference reference() {
            return digest;
        }

        @Override
        public String path() {
            return repository.storedName() + "/" + kind.folder + "/" + folder(digest) + "/link";
        }

        private static OfContent of(Matcher path) {
            return new OfContent(
                    path.group(3).equals(Kind.LAYER.folder) ? Kind.LAYER : Kind.REVISION,
                    new RepositoryName(path.group(1), path.group(2)),
                    Digest.parse(path.group(4) + ":" + path.group(5)));
        }

        /** As a person calls it. */
        @Override
        public String toString() {
            return repository + "@" + digest;
        }
    }

    /**
     * Where a tag points now, or that it pointed somewhere once.
     *
     * @param former where it pointed; absent when the link is the one of now
     */
    record OfTag(RepositoryName repository, Tag tag, Optional<Digest> former) implements Link {

        private static final Pattern PATH =
                Pattern.compile("([^/]+)/(.+)/_manifests/tags/([^/]+)/(?:current|index/([^/]+)/([^/]+))/link");

        @Override
        public Reference reference() {
            return tag;
        }

        @Override
        public String path() {
            return repository.storedName() + "/_manifests/tags/" + tag.value() + "/"
                    + former.map(digest -> "index/" + folder(digest)).orElse("current") + "/link";
        }

        private static OfTag of(Matcher path) {
            return new OfTag(
                    new RepositoryName(path.group(1), path.group(2)),
                    new Tag(path.group(3)),
                    Optional.ofNullable(path.group(4)).map(name -> Digest.parse(name + ":" + path.group(5))));
        }

        /** As a person calls it. */
        @Override
        public String toString() {
            return repository + ":" + tag;
        }
    }

    /** That a repository has a blob. */
    static OfContent layer(RepositoryName repository, Digest digest) {
        return new OfContent(Kind.LAYER, repository, digest);
    }

    /** That a repository has a manifest. */
    static OfContent revision(RepositoryName repository, Digest digest) {
        return new OfContent(Kind.REVISION, repository, digest);
    }

    /** Where a tag points now. */
    static OfTag tag(RepositoryName repository, Tag tag) {
        return new OfTag(repository, tag, Optional.empty());
    }

    /** The link that lies at {@code path}; none when no mirror would write one there. */
    static Optional<Link> at(String path) {
        Matcher content = OfContent.PATH.matcher(path);
        Matcher tag = OfTag.PATH.matcher(path);
        try {
            return content.matches()
                    ? Optional.of(OfContent.of(content))
                    : tag.matches() ? Optional.of(OfTag.of(tag)) : Optional.empty();
        } catch (RegistryException e) {
            // Not a name that a mirror would write.
            return Optional.empty();
        }
    }

    private static String folder(Digest digest) {
        return digest.algorithm().label() + "/" + digest.hex();
    }
}
