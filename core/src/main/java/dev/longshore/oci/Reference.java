package dev.longshore.oci;

/** What names a manifest within a repository: a tag, which may move, or a digest, which cannot. Immutable. */
public sealed interface Reference permits Digest, Tag {

    /** Parses a digest when {@code text} has a colon, a tag otherwise; throws {@link RegistryException} when it is neither. */
    static Reference parse(String text) {
        return text.indexOf(':') >= 0 ? Digest.parse(text) : new Tag(text);
    }
}
