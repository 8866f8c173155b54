package dev.longshore.loadtest;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the fake registry says to a request: the head, and {@code length} bytes of a body from {@code offset} on.
 * Immutable.
 *
 * @param headers all but the length and the connection's
 */
public record Answer(int status, Map<String, String> headers, Body body, long offset, long length) {

    private static final Pattern ONE_RANGE = Pattern.compile("bytes=(\\d*)-(\\d*)");

    public Answer {
        Map<String, String> caseless = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        caseless.putAll(headers);
        headers = Collections.unmodifiableMap(caseless);
    }

    static Answer of(int status, String contentType, Body body) {
        return new Answer(status, Map.of("Content-Type", contentType), body, 0, body.size());
    }

    static Answer text(int status, String contentType, String text) {
        return of(status, contentType, Body.of(text.getBytes(StandardCharsets.UTF_8)));
    }

    static Answer json(int status, Object value) {
        return of(status, "application/json", Body.of(Json.bytes(value)));
    }

    /** An error in the form of the distribution specification. */
    static Answer error(int status, String code) {
        return json(status, Json.errors(code, "the fake registry says so"));
    }

    /** The same with this status. */
    public Answer status(int other) {
        return new Answer(other, headers, body, offset, length);
    }

    public Answer with(String name, String value) {
        return with(Map.of(name, value));
    }

    public Answer with(Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        all.putAll(headers);
        all.putAll(more);
        return new Answer(status, all, body, offset, length);
    }

    public Answer without(Collection<String> names) {
        Map<String, String> fewer = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        fewer.putAll(headers);
        names.forEach(fewer::remove);
        return new Answer(status, fewer, body, offset, length);
    }

    /** The same part of other bytes of the same size. */
    public Answer body(Body other) {
        return new Answer(status, headers, other, offset, length);
    }

    /** The answer to the range that the request asks for; more than one range is answered in full, as is allowed. */
    Answer ranged(Request request) {
        Matcher range = ONE_RANGE.matcher(request.header("range").orElse(""));
        if (!range.matches() || range.group(1).isEmpty() && range.group(2).isEmpty()) {
            return this;
        }
        boolean suffix = range.group(1).isEmpty();
        long size = body.size();
        long from = suffix ? Math.max(0, size - Long.parseLong(range.group(2))) : Long.parseLong(range.group(1));
        long last = suffix || range.group(2).isEmpty() ? size - 1 : Long.parseLong(range.group(2));
        last = Math.min(last, size - 1);
        if (from > last) {
            return error(416, "SIZE_INVALID").with("Content-Range", "bytes */" + size);
        }
        return new Answer(206, headers, body, from, last - from + 1)
                .with("Content-Range", "bytes " + from + "-" + last + "/" + size);
    }

    /** The whole body again, as a server answers that knows no ranges. */
    Answer whole() {
        return new Answer(status == 206 ? 200 : status, headers, body, 0, body.size())
                .without(List.of("Content-Range", "Accept-Ranges"));
    }

    boolean brings() {
        return status == 200 || status == 206;
    }
}
