package dev.longshore.oci;

/**
 * A name that an upstream may move from one manifest to another. Source: OCI distribution-spec, "Pulling manifests":
 * {@code [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}}. Immutable.
 */
public record Tag(String value) implements Reference {

    private static final int MAX_LENGTH = 128;

    /** Throws {@link ErrorCode#TAG_INVALID} for what is no tag. */
    public Tag {
        if (!isTag(value)) {
            throw new RegistryException(ErrorCode.TAG_INVALID, "not a tag");
        }
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
