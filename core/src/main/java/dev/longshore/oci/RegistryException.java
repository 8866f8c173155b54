package dev.longshore.oci;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why a pull failed: in the client's words ({@link #code}, message) and in the operator's (what was tried, on what, what
 * came back: the message and the cause). It carries no stack trace when it has no cause, since it is an answer, not a
 * fault. Immutable.
 */
public final class RegistryException extends RuntimeException {

    private final ErrorCode code;
    private final boolean retryable;
    private final @Nullable Duration retryAfter;

    private RegistryException(
            ErrorCode code,
            String message,
            boolean retryable,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        super(message, cause, false, cause != null);
        this.code = code;
        this.retryable = retryable;
        this.retryAfter = retryAfter;
    }

    public RegistryException(ErrorCode code, String message) {
        this(code, message, false, null, null);
    }

    /** With the code's own message. */
    public RegistryException(ErrorCode code) {
        this(code, code.message());
    }

    /** A failure that may pass: the same request may succeed when it is sent again. */
    public static RegistryException passing(ErrorCode code, String message, @Nullable Throwable cause) {
        return new RegistryException(code, message, true, null, cause);
    }

    /** The same failure, not before {@code wait} has passed. */
    public RegistryException retryAfter(Duration wait) {
        return new RegistryException(code, String.valueOf(getMessage()), retryable, wait, getCause());
    }

    /** The same failure, its message preceded by what was tried. */
    public RegistryException about(String tried) {
        return new RegistryException(code, tried + ": " + getMessage(), retryable, retryAfter, getCause());
    }

    public ErrorCode code() {
        return code;
    }

    /** Whether sending the same request again may help. */
    public boolean retryable() {
        return retryable;
    }

    /** How long to wait before asking again, when that is known. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /** Whether the upstream was there and its answer is of no use, as one to a {@code HEAD} may be: a {@code GET} may help. */
    public static boolean isImproper(Throwable failure) {
        return failure instanceof RegistryException answer
                && answer.code == ErrorCode.UPSTREAM_UNAVAILABLE
                && !answer.retryable;
    }

    /** Whether this says nothing of the content, only that the upstream could not be asked: a stale copy may stand in. */
    public boolean unreachable() {
        return switch (code) {
            case UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT, TOOMANYREQUESTS, UNAVAILABLE, UPSTREAM_BUSY -> true;
            default -> false;
        };
    }
}
