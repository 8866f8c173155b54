package dev.longshore.oci;

/**
 * A name that an upstream may move from one manifest to another. Source: OCI distribution-spec, "Pulling manifests":
 * {@code [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}}. Immutable.
 */
public record Tag(String value) implements Reference {

    private static final int MAX_LENGTH = 128;

    public Tag {
        if (!isTag(value)) {
            throw new IllegalArgumentException("not a tag");
        }
    }

    /** Parses a tag; throws {@link ErrorCode#TAG_INVALID} for what is none. */
    public static Tag parse(String text) {
        if (!isTag(text)) {
            throw new RegistryException(ErrorCode.TAG_INVALID, "not a tag");
        }
        return new Tag(text);
    }

    private static boolean isTag(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean word = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
            if (!word && (i == 0 || c != '.' && c != '-')) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return value;
    }
}
