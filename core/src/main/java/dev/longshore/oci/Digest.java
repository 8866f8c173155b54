package dev.longshore.oci;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The name of content: an algorithm and the lower-case hex of its hash, as in {@code sha256:e3b0…}. A wrong one cannot
 * exist. Source: OCI image-spec, descriptor.md, "Digests". Immutable.
 */
public record Digest(Algorithm algorithm, String hex) implements Reference {

    /** The registered algorithms of the image specification. */
    public enum Algorithm {
        SHA256("sha256", "SHA-256", 64),
        SHA512("sha512", "SHA-512", 128);

        private final String label;
        private final String jcaName;
        private final int hexLength;

        Algorithm(String label, String jcaName, int hexLength) {
            this.label = label;
            this.jcaName = jcaName;
            this.hexLength = hexLength;
        }

        /** The name as it stands in a digest and in a path: {@code sha256}. */
        public String label() {
            return label;
        }

        /** A fresh hasher; not thread-safe. */
        public MessageDigest hasher() {
            try {
                return MessageDigest.getInstance(jcaName);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java runtime has " + jcaName, e);
            }
        }
    }

    public Digest {
        if (hex.length() != algorithm.hexLength || !isLowerHex(hex)) {
            throw new IllegalArgumentException("not a " + algorithm.label + " digest");
        }
    }

    /** Parses {@code sha256:<64 hex>} or {@code sha512:<128 hex>}; throws {@link ErrorCode#DIGEST_INVALID} otherwise. */
    public static Digest parse(String text) {
        int colon = text.indexOf(':');
        for (Algorithm algorithm : Algorithm.values()) {
            if (colon == algorithm.label.length()
                    && text.startsWith(algorithm.label)
                    && text.length() == colon + 1 + algorithm.hexLength
                    && isLowerHex(text.substring(colon + 1))) {
                return new Digest(algorithm, text.substring(colon + 1));
            }
        }
        throw new RegistryException(ErrorCode.DIGEST_INVALID, "not a digest that is known here");
    }

    /** The SHA-256 digest of {@code bytes}. */
    public static Digest of(byte[] bytes) {
        return finish(Algorithm.SHA256, Algorithm.SHA256.hasher(), bytes);
    }

    /** Whether {@code bytes} have this digest. */
    public boolean matches(byte[] bytes) {
        return equals(finish(algorithm, algorithm.hasher(), bytes));
    }

    private static Digest finish(Algorithm algorithm, MessageDigest hasher, byte[] bytes) {
        return new Digest(algorithm, HexFormat.of().formatHex(hasher.digest(bytes)));
    }

    private static boolean isLowerHex(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return algorithm.label + ":" + hex;
    }
}
