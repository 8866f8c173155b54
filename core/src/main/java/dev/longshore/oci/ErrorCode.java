package dev.longshore.oci;

/**
 * Every error a client may see, with its status and its default message. Source: OCI distribution-spec, "Error Codes";
 * the last five are ours, in the same form.
 */
public enum ErrorCode {
    BLOB_UNKNOWN(404, "blob unknown to registry"),
    MANIFEST_UNKNOWN(404, "manifest unknown to registry"),
    NAME_UNKNOWN(404, "repository name not known to registry"),
    NAME_INVALID(400, "invalid repository name"),
    DIGEST_INVALID(400, "invalid digest"),
    TAG_INVALID(400, "invalid tag"),
    UNSUPPORTED(405, "this is a pull-through mirror: it answers GET and HEAD only"),
    UNAUTHORIZED(401, "authentication required"),
    DENIED(403, "the upstream refused access"),
    TOOMANYREQUESTS(429, "the upstream's rate limit is spent"),
    PAGINATION_NUMBER_INVALID(400, "n must be a number from 1"),
    /** The request is not one that HTTP or this registry's grammar allows. */
    REQUEST_INVALID(400, "invalid request"),
    RANGE_INVALID(416, "the range lies outside the blob"),
    /** The upstream cannot be used now, or what it sent is wrong. */
    UPSTREAM_UNAVAILABLE(502, "the upstream is unavailable"),
    UPSTREAM_TIMEOUT(504, "the upstream did not answer in time"),
    /** The mirror itself cannot answer now. */
    UNAVAILABLE(503, "the mirror cannot take this request now"),
    /** The mirror has more to ask the upstream than its connections can carry. */
    UPSTREAM_BUSY(503, "all connections to the upstream are busy");

    private final int status;
    private final String message;

    ErrorCode(int status, String message) {
        this.status = status;
        this.message = message;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** What is said when there is nothing more exact to say. */
    public String message() {
        return message;
    }
}
