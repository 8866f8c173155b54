package dev.longshore.s3;

import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** What a failed call says: the object is absent, it is there already, or the bucket could not be asked. */
final class S3Failures {

    private static final int NOT_FOUND = 404;
    private static final int PRECONDITION_FAILED = 412;

    private S3Failures() {}

    /** The object is not there; a bucket that is not there is an outage. */
    static boolean isAbsent(Throwable failure) {
        return failure instanceof S3Exception e
                && e.statusCode() == NOT_FOUND
                && !(e.awsErrorDetails() != null
                        && "NoSuchBucket".equals(e.awsErrorDetails().errorCode()));
    }

    /** Somebody has written the object before us. */
    static boolean isThere(Throwable failure) {
        return failure instanceof S3Exception e && e.statusCode() == PRECONDITION_FAILED;
    }

    static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** The bucket could not be asked, or refused to answer; it never means that there is nothing. */
    static RegistryException unreachable(String what, Throwable cause) {
        return RegistryException.passing(ErrorCode.UNAVAILABLE, "S3: " + what + ": " + cause.getMessage(), cause);
    }

    /** The status of an answer that brings no content. */
    static RegistryException status(String what, int status) {
        String message = "S3: " + what + ": it answered " + status;
        if (status == NOT_FOUND) {
            return new RegistryException(ErrorCode.BLOB_UNKNOWN, message);
        }
        return status >= 500 || status == 429
                ? RegistryException.passing(ErrorCode.UNAVAILABLE, message, null)
                : new RegistryException(ErrorCode.UNAVAILABLE, message);
    }
}
