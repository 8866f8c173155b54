package dev.longshore.http;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.LocatedBlob;
import dev.longshore.blob.RangeRequest;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Pull;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RegistryPath;
import io.netty.handler.codec.TooLongFrameException;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one answer to one request: headers, body, and an honest end. A body that cannot be finished is cut off by closing
 * the connection, so that no client takes it for whole. Source: OCI distribution-spec; RFC 9110 for ranges and
 * conditions. Confined to the request's context.
 */
final class Answer {

    private static final Logger log = LoggerFactory.getLogger(Answer.class);
    private static final Buffer PONG = Buffer.buffer("{}");
    private static final MultiMap COMMON = HttpHeaders.headers()
            .set(Headers.API_VERSION, Headers.API_VERSION_2)
            .copy(false);
    private static final List<CharSequence> CONTENT_HEADERS = List.of(
            HttpHeaders.CONTENT_LENGTH,
            HttpHeaders.ACCEPT_RANGES,
            HttpHeaders.ETAG,
            Headers.CONTENT_DIGEST,
            Headers.X_CACHE,
            Headers.TIER);

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Clock clock;
    private final ManifestHeads heads;
    private final PullLog pulls;
    private final PullMeters meters;
    private final long startedAt = System.nanoTime();
    private boolean last;
    private boolean inner;
    private @Nullable Pull pull;
    private @Nullable Digest digest;
    private @Nullable String error;

    Answer(HttpServerRequest request, Clock clock, ManifestHeads heads, PullLog pulls, PullMeters meters) {
        this.request = request;
        this.response = request.response();
        this.clock = clock;
        this.heads = heads;
        this.pulls = pulls;
        this.meters = meters;
        response.headers().setAll(COMMON);
    }

    /** Lets it tell what only gateways and nodes are told. */
    void toInner() {
        inner = true;
    }

    /** Notes what it answers. */
    void to(Pull asked) {
        pull = asked;
    }

    void pong() {
        response.putHeader(HttpHeaders.CONTENT_TYPE, Headers.JSON);
        end(PONG, null);
    }

    void manifest(Manifest manifest) {
        digest = manifest.descriptor().digest();
        response.headers().setAll(heads.of(manifest, clock.instant(), inner, namespace()));
        if (last) {
            last();
        }
        if (isUnchanged(digest)) {
            response.headers().remove(HttpHeaders.CONTENT_LENGTH);
            notModified(manifest.origin());
        } else if (isHead() || manifest.content().isEmpty()) {
            head(manifest.origin());
        } else {
            end(manifest.content().get(), manifest.origin());
        }
    }

    void listing(Listing listing) {
        tellNamespace();
        response.putHeader(HttpHeaders.CONTENT_TYPE, listing.mediaType());
        origin(listing.origin());
        listing.filtersApplied().ifPresent(filters -> response.putHeader(Headers.OCI_FILTERS_APPLIED, filters));
        listing.next().ifPresent(next -> response.putHeader(Headers.LINK, nextPage(next)));
        end(listing.json(), listing.origin());
    }

    private String nextPage(String query) {
        String named = namespace().map(name -> "&ns=" + name).orElse("");
        return "<" + request.path() + "?" + query + named + ">; rel=\"next\"";
    }

    /** A client that resumes says what it resumes; when that is something else, it gets all of this. RFC 9110, 13.1.5. */
    BlobPull ifRangeHolds(BlobPull pull) {
        String condition = request.getHeader(Headers.IF_RANGE);
        return condition == null || condition.equals(etag(pull.digest())) ? pull : pull.of(RangeRequest.WHOLE);
    }

    void blob(BlobPull pull, Blob blob) {
        content(blob.digest(), blob.origin());
        response.putHeader(HttpHeaders.CONTENT_TYPE, Headers.OCTET_STREAM);
        response.putHeader(HttpHeaders.ACCEPT_RANGES, Headers.BYTES);
        if (isUnchanged(blob.digest())) {
            blob.close();
            notModified(blob.origin());
        } else if (isHead()) {
            blob.close();
            blob.size().ifPresent(this::length);
            head(blob.origin());
        } else if (blob instanceof LocatedBlob located) {
            redirect(located);
        } else if (blob.size().isEmpty() && request.version() == HttpVersion.HTTP_1_0) {
            blob.close();
            // Its end could not be told from a break.
            error(new RegistryException(ErrorCode.UPSTREAM_UNAVAILABLE, "a blob of unknown length needs HTTP/1.1"));
        } else if (blob.size().isEmpty()) {
            response.setChunked(true);
            body(blob, List.of(ByteRange.whole(Long.MAX_VALUE)), null);
        } else {
            sized(pull, blob, blob.size().getAsLong());
        }
    }

    private void redirect(LocatedBlob blob) {
        response.setStatusCode(307);
        response.putHeader(HttpHeaders.LOCATION, blob.location().toString());
        end(Buffer.buffer(), blob.origin());
    }

    private void sized(BlobPull pull, Blob blob, long size) {
        List<ByteRange> ranges = pull.ranges().resolve(size);
        if (ranges.isEmpty()) {
            blob.close();
            response.putHeader(HttpHeaders.CONTENT_RANGE, "bytes */" + size);
            error(new RegistryException(ErrorCode.RANGE_INVALID));
        } else if (pull.ranges().isWhole()) {
            length(size);
            body(blob, ranges, null);
        } else if (ranges.size() == 1) {
            response.setStatusCode(206);
            response.putHeader(HttpHeaders.CONTENT_RANGE, ranges.get(0).contentRange(size));
            length(ranges.get(0).length());
            body(blob, ranges, null);
        } else {
            Multipart parts = new Multipart(ranges, size);
            response.setStatusCode(206);
            response.putHeader(HttpHeaders.CONTENT_TYPE, parts.mediaType());
            length(parts.length());
            body(blob, ranges, parts);
        }
    }

    private void body(Blob blob, List<ByteRange> ranges, @Nullable Multipart parts) {
        ResponseSink sink = new ResponseSink(request);
        response.closeHandler(gone -> blob.close());
        Future<Void> piped = Future.succeededFuture();
        for (ByteRange range : ranges) {
            BodySink part = parts == null ? sink : parts.part(range, sink);
            piped = piped.compose(done -> blob.pipeTo(part, range));
        }
        if (parts != null) {
            piped = piped.compose(done -> sink.write(parts.trailer()));
        }
        piped.onComplete(
                done -> {
                    blob.close();
                    response.end();
                    served(blob.origin(), true, sink);
                },
                failure -> {
                    blob.close();
                    broken(failure, blob.origin(), sink);
                });
    }

    /** Before the first byte there is still an answer to give; after it there is only the end of the connection. */
    private void broken(Throwable failure, Origin origin, ResponseSink sink) {
        if (response.closed()) {
            served(origin, false, sink);
            return;
        }
        if (!response.headWritten()) {
            response.headers().remove(HttpHeaders.CONTENT_RANGE).remove(HttpHeaders.TRANSFER_ENCODING);
            response.setChunked(false);
            error(failure);
            return;
        }
        if (failure instanceof RegistryException) {
            log.warn("cut off after {} bytes: {}: {}", sink.sent(), request.path(), failure.getMessage());
        }
        error = failure.getMessage();
        request.connection().close();
        served(origin, false, sink);
    }

    void error(Throwable failure) {
        if (failure instanceof RegistryException known) {
            error(known);
        } else {
            log.error("a fault in the mirror at {} {}", request.method(), request.path(), failure);
            error(new RegistryException(ErrorCode.UNAVAILABLE).retryAfter(Duration.ofSeconds(1)));
        }
    }

    void error(RegistryException failure) {
        error = failure.getMessage();
        if (response.closed()) {
            served(failure.code().status(), null, false, 0);
            return;
        }
        for (CharSequence name : CONTENT_HEADERS) {
            response.headers().remove(name);
        }
        response.setStatusCode(failure.code().status());
        response.putHeader(HttpHeaders.CONTENT_TYPE, Headers.JSON);
        failure.retryAfter()
                .ifPresent(wait ->
                        response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(Math.max(1, wait.toSeconds()))));
        if (failure.code() == ErrorCode.UNSUPPORTED) {
            // What was to be written is not read.
            response.putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            last();
        }
        end(ErrorBody.of(failure).json(), null);
    }

    /** What could not even be read as HTTP. */
    void malformed() {
        Throwable cause = request.decoderResult().cause();
        last();
        error(new RegistryException(
                ErrorCode.REQUEST_INVALID,
                cause instanceof TooLongFrameException ? "the URL or a header is too long" : "not HTTP/1.1"));
    }

    /** The connection ends with this answer. Vert.x heeds only the client's wish, so it is closed by hand. */
    void last() {
        last = true;
        response.putHeader(HttpHeaders.CONNECTION, "close");
    }

    private void content(Digest found, Origin origin) {
        digest = found;
        tellNamespace();
        response.putHeader(Headers.CONTENT_DIGEST, found.toString());
        response.putHeader(HttpHeaders.ETAG, etag(found));
        origin(origin);
    }

    private void origin(Origin origin) {
        response.putHeader(Headers.X_CACHE, origin.cache().name());
        if (inner) {
            response.putHeader(Headers.TIER, origin.tier().name().toLowerCase(Locale.ROOT));
        }
    }

    private void tellNamespace() {
        namespace().ifPresent(named -> response.putHeader(Headers.OCI_NAMESPACE, named));
    }

    private Optional<String> namespace() {
        return RegistryPath.namespace(request.query());
    }

    private static String etag(Digest digest) {
        return '"' + digest.toString() + '"';
    }

    private boolean isHead() {
        return request.method().equals(HttpMethod.HEAD);
    }

    private boolean isUnchanged(Digest digest) {
        String known = request.getHeader(HttpHeaders.IF_NONE_MATCH);
        return known != null && (known.strip().equals("*") || known.contains(etag(digest)));
    }

    private void notModified(Origin origin) {
        response.setStatusCode(304).end();
        served(response.getStatusCode(), origin, true, 0);
    }

    private void head(Origin origin) {
        response.end();
        served(response.getStatusCode(), origin, true, 0);
    }

    private void length(long bytes) {
        response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(bytes));
    }

    private void end(Buffer body, @Nullable Origin origin) {
        if (isHead()) {
            length(body.length());
        }
        boolean there = !response.closed();
        (isHead() ? response.end() : response.end(body)).onComplete(sent -> {
            if (last) {
                request.connection().close();
            }
        });
        served(response.getStatusCode(), origin, there, isHead() || !there ? 0 : body.length());
    }

    private void served(Origin origin, boolean whole, ResponseSink sink) {
        served(response.getStatusCode(), origin, whole, sink.sent(), sink.firstByteAt(), System.nanoTime());
    }

    /** Its first byte was its last. */
    private void served(int status, @Nullable Origin origin, boolean whole, long bytes) {
        long now = System.nanoTime();
        served(status, origin, whole, bytes, now, now);
    }

    private void served(
            int status, @Nullable Origin origin, boolean whole, long bytes, long firstByteAt, long lastByteAt) {
        Served served = new Served(
                request,
                pull,
                inner,
                status,
                digest,
                origin,
                whole,
                bytes,
                firstByteAt - startedAt,
                lastByteAt - startedAt,
                error);
        pulls.answered(served);
        meters.answered(served);
    }
}
