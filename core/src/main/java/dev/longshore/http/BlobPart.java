package dev.longshore.http;

import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.http.HttpHeaders;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of a blob that an answer brings, as the answer itself says. Confined to one context.
 *
 * @param start its first byte
 * @param end the byte after its last; absent where an answer has no length
 * @param size of the whole blob, when the answer tells
 * @param ranged whether it has been shown that one can start anywhere
 */
public record BlobPart(Reply reply, long start, OptionalLong end, OptionalLong size, boolean ranged) {

    private static final Pattern CONTENT_RANGE =
            Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\\*)", Pattern.CASE_INSENSITIVE);
    private static final Pattern UNSATISFIED = Pattern.compile("bytes \\*/([0-9]{1,18})", Pattern.CASE_INSENSITIVE);

    /** Reads the head of a 200 or a 206; throws {@link RegistryException} when it contradicts itself. */
    public static BlobPart of(Reply reply) {
        if (reply.status() == 206) {
            return ranged(reply);
        }
        OptionalLong length = reply.length() < 0 ? OptionalLong.empty() : OptionalLong.of(reply.length());
        return new BlobPart(reply, 0, length, length, false);
    }

    private static BlobPart ranged(Reply reply) {
        Matcher matcher = CONTENT_RANGE.matcher(
                reply.header(HttpHeaders.CONTENT_RANGE).orElse("").strip());
        if (!matcher.matches()) {
            throw wrong("has no Content-Range that can be read");
        }
        long start = Long.parseLong(matcher.group(1));
        long end = Long.parseLong(matcher.group(2)) + 1;
        OptionalLong size =
                matcher.group(3).equals("*") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(matcher.group(3)));
        if (end <= start || size.isPresent() && end > size.getAsLong()) {
            throw wrong("has a Content-Range that cannot be");
        }
        if (reply.length() >= 0 && reply.length() != end - start) {
            throw wrong("has a Content-Range that is not its Content-Length");
        }
        return new BlobPart(reply, start, OptionalLong.of(end), size, true);
    }

    /** Whether a 206 does not tell how long the whole is. */
    public static boolean hidesSize(Reply reply) {
        return reply.header(HttpHeaders.CONTENT_RANGE).orElse("").strip().endsWith("/*");
    }

    /** The size that a 416 tells. */
    public static OptionalLong unsatisfiedSize(Reply reply) {
        Matcher matcher = UNSATISFIED.matcher(
                reply.header(HttpHeaders.CONTENT_RANGE).orElse("").strip());
        return matcher.matches() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }

    /** The head of an answer that cannot be. */
    public static RegistryException wrong(String what) {
        return RegistryException.passing(ErrorCode.UPSTREAM_UNAVAILABLE, "the answer " + what, null);
    }

    /** Whether the bytes from {@code from} on are in it. */
    boolean covers(long from) {
        return from >= start && (end.isEmpty() || from < end.getAsLong());
    }
}
