package dev.longshore.loadtest;

import dev.longshore.loadtest.Delivery.End;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * A way in which an upstream misbehaves, or merely behaves otherwise: it changes what is answered or how that is
 * delivered. Faults add up in the order in which they were given. Immutable.
 */
public sealed interface Fault {

    /** Another answer than the right one. Immutable. */
    record Rewrite(BiFunction<Request, Answer, Answer> change) implements Fault {}

    /** Another delivery than a prompt and whole one. Immutable. */
    record Deliver(Consumer<Delivery> change) implements Fault {}

    /** Silence for a while before the head. */
    static Fault delay(Duration delay) {
        return new Deliver(delivery -> delivery.delay = delay);
    }

    /** So many body bytes a second on each connection, and no more. */
    static Fault rate(long bytesPerSecond) {
        return new Deliver(delivery -> delivery.bytesPerSecond = bytesPerSecond);
    }

    /** The connection is closed after so many body bytes. */
    static Fault cutAfter(long bytes) {
        return breakAfter(bytes, End.CLOSED);
    }

    /** The connection is reset after so many body bytes, of which the client may lose some. */
    static Fault resetAfter(long bytes) {
        return breakAfter(bytes, End.RESET);
    }

    /** Nothing more comes after so many body bytes, and the connection stays. */
    static Fault hangAfter(long bytes) {
        return breakAfter(bytes, End.NEVER);
    }

    /** The connection is closed where the head was expected. */
    static Fault cut() {
        return breakAfter(-1, End.CLOSED);
    }

    /** The request is accepted and never answered. */
    static Fault hang() {
        return breakAfter(-1, End.NEVER);
    }

    private static Fault breakAfter(long bytes, End end) {
        return new Deliver(delivery -> {
            delivery.breakAfter = bytes;
            delivery.breakBy = end;
        });
    }

    /** The length in the head differs from that of the body: too long by so many bytes, too short if negative. */
    static Fault overstatedLength(long bytes) {
        return new Deliver(delivery -> delivery.overstatement = bytes);
    }

    /** A chunked body whose length nobody knows. */
    static Fault withoutLength() {
        return new Deliver(delivery -> delivery.withoutLength = true);
    }

    /** The body ends after so many bytes of the content, and the head says that this is all. */
    static Fault truncated(long size) {
        return rewrite((request, answer) -> new Answer(
                answer.status(),
                answer.headers(),
                answer.body(),
                answer.offset(),
                Math.max(0, Math.min(answer.length(), size - answer.offset()))));
    }

    /** One bit of the content is wrong, at this byte of the whole. */
    static Fault flippedBit(long at) {
        return rewrite(
                (request, answer) -> answer.brings() ? answer.body(new Body.Flipped(answer.body(), at)) : answer);
    }

    /** Every range is answered with everything. */
    static Fault withoutRanges() {
        return rewrite((request, answer) -> answer.whole());
    }

    /** A page for a person, with status 200, as captive portals and broken proxies send it. */
    static Fault page() {
        return rewrite((request, answer) -> Answer.text(200, "text/html", "<html><body>Please log in</body></html>"));
    }

    /** An error of the distribution specification instead of the answer. */
    static Fault error(int status, String code) {
        return rewrite((request, answer) -> Answer.error(status, code));
    }

    /** 503, as a registry that is overwhelmed says it. */
    static Fault unavailable() {
        return error(503, "UNAVAILABLE");
    }

    static Fault notFound() {
        return error(404, "NOT_FOUND");
    }

    static Fault denied() {
        return error(403, "DENIED");
    }

    /** 429 with the wait in seconds. */
    static Fault tooManyRequests(Duration retryAfter) {
        return rewrite((request, answer) ->
                Answer.error(429, "TOOMANYREQUESTS").with("Retry-After", Long.toString(retryAfter.toSeconds())));
    }

    /** More headers. */
    static Fault headers(Map<String, String> headers) {
        return rewrite((request, answer) -> answer.with(headers));
    }

    /** Fewer headers. */
    static Fault withoutHeaders(String... names) {
        return rewrite((request, answer) -> answer.without(List.of(names)));
    }

    /** What Docker Hub says about its limit of pulls in six hours. */
    static Fault rateLimit(int limit, int remaining) {
        return headers(Map.of("ratelimit-limit", limit + ";w=21600", "ratelimit-remaining", remaining + ";w=21600"));
    }

    /** Basic authentication: 401 without credentials, 403 with wrong ones. */
    static Fault basic(String user, String password) {
        String right = "Basic " + base64(user + ":" + password);
        return rewrite((request, answer) -> {
            String given = request.header("authorization").orElse("");
            if (given.equals(right)) {
                return answer;
            }
            return given.isEmpty()
                    ? Answer.error(401, "UNAUTHORIZED").with("WWW-Authenticate", "Basic realm=\"fake\"")
                    : Answer.error(403, "DENIED");
        });
    }

    /** Bytes are not brought but redirected to a signed address that holds for so long. */
    static Fault redirect(String base, Duration validity) {
        return rewrite((request, answer) -> {
            if (!answer.brings()) {
                return answer;
            }
            String target = base + "/cdn/" + request.repository() + "/" + request.reference() + "?expires="
                    + Instant.now().plus(validity).toEpochMilli() + "&signature=fake";
            return Answer.text(307, "text/html", "").with("Location", target);
        });
    }

    /** Anything else that an answer can be made into. */
    static Fault rewrite(BiFunction<Request, Answer, Answer> change) {
        return new Rewrite(change);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
