package dev.longshore.loadtest;

/** An access key and its secret. Immutable. */
public record S3Keys(String id, String secret) {

    /** Does not give the secret away. */
    @Override
    public String toString() {
        return id;
    }
}
