package dev.longshore.upstream;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Origin;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A blob at its upstream: the answer that told of it, whose body waits, and the place it came from, where more is asked
 * for by range. Its bytes are not verified. Several ranges may be piped side by side; none is begun again once its bytes
 * flow. Confined to one context.
 */
final class UpstreamBlob implements Blob {

    private final UpstreamClient client;
    private final BlobPull pull;
    private final OptionalLong size;
    private final boolean seekable;
    private final Set<Reply> open = new HashSet<>();
    private @Nullable Target redirected;
    private @Nullable BlobPart held;
    private boolean closed;

    private UpstreamBlob(UpstreamClient client, BlobPull pull, OptionalLong size, boolean seekable) {
        this.client = client;
        this.pull = pull;
        this.size = size;
        this.seekable = seekable;
    }

    /** A blob of which nothing is open. */
    static UpstreamBlob unopened(UpstreamClient client, BlobPull pull, OptionalLong size, boolean seekable) {
        return new UpstreamBlob(client, pull, size, seekable);
    }

    /** A blob whose first bytes wait in {@code part}, which it owns from now on. */
    static UpstreamBlob opened(UpstreamClient client, BlobPull pull, BlobPart part) {
        UpstreamBlob blob = new UpstreamBlob(client, pull, part.size(), part.ranged());
        blob.held = part;
        blob.own(part.reply());
        return blob;
    }

    static Ask ask(BlobPull pull) {
        return Ask.of(pull.head() ? Ask.Kind.BLOB_HEAD : Ask.Kind.BLOB, pull.repository(), "blobs/" + pull.digest());
    }

    @Override
    public Digest digest() {
        return pull.digest();
    }

    @Override
    public OptionalLong size() {
        return size;
    }

    @Override
    public Origin origin() {
        return Origin.UPSTREAM;
    }

    /** Only an answer to a range proves it. */
    @Override
    public boolean seekable() {
        return seekable;
    }

    @Override
    public Future<Void> pipeTo(BodySink sink, ByteRange range) {
        return pipe(sink, range.start(), Math.min(range.end(), size.orElse(Long.MAX_VALUE)));
    }

    private Future<Void> pipe(BodySink sink, long from, long until) {
        if (from >= until) {
            return Future.succeededFuture();
        }
        return part(from, until).compose(part -> {
            long end = Math.min(until, part.end().orElse(Long.MAX_VALUE));
            long length = part.end().isPresent() ? part.end().getAsLong() - part.start() : -1;
            return part.reply()
                    .relay(sink, from - part.start(), end - from, length)
                    .onComplete(result -> open.remove(part.reply()))
                    .recover(e -> Future.failedFuture(ask(pull).explain(e)))
                    .compose(count -> part.end().isPresent() ? pipe(sink, end, until) : Future.succeededFuture());
        });
    }

    private Future<BlobPart> part(long from, long until) {
        BlobPart first = held;
        if (first != null && first.start() == from) {
            held = null;
            return Future.succeededFuture(first);
        }
        if (first != null) {
            // It begins elsewhere, and would hold its connection for nothing.
            held = null;
            open.remove(first.reply());
            first.reply().cancel(wasClosed());
        }
        Ask ask = ask(pull).ranged("bytes=" + from + "-" + (until == Long.MAX_VALUE ? "" : until - 1));
        return reach(ask).compose(reply -> {
            own(reply);
            try {
                return Future.succeededFuture(continued(reply, from, until));
            } catch (RegistryException e) {
                reply.cancel(e);
                open.remove(reply);
                return Future.failedFuture(ask.explain(e));
            }
        });
    }

    /** Asks where the first answer came from; a signed URL that has expired is signed anew, by asking the upstream. */
    private Future<Reply> reach(Ask ask) {
        if (closed) {
            return Future.failedFuture(wasClosed());
        }
        Target known = redirected;
        if (known == null) {
            return client.open(ask);
        }
        return client.openAt(ask, known)
                .recover(e -> e instanceof RegistryException refused && !refused.retryable()
                        ? client.open(ask)
                        : Future.failedFuture(e));
    }

    private void own(Reply reply) {
        redirected = client.isHome(reply.from()) ? null : reply.from();
        open.add(reply);
        if (closed) {
            reply.cancel(wasClosed());
        }
    }

    private BlobPart continued(Reply reply, long from, long until) {
        if (closed) {
            throw wasClosed();
        }
        if (reply.status() == 416) {
            throw BlobPart.wrong(
                    "says " + reply.header(HttpHeaders.CONTENT_RANGE).orElse("nothing")
                            + " lies outside, and it did not before");
        }
        BlobPart part = BlobPart.of(reply);
        if (!part.covers(from)
                || part.ranged() && (part.start() != from || part.end().orElse(0) > until)) {
            throw BlobPart.wrong("brings other bytes than those asked for");
        }
        if (size.isPresent() && part.size().isPresent() && !part.size().equals(size)) {
            throw BlobPart.wrong("is of a blob of another size");
        }
        return part;
    }

    @Override
    public void close() {
        closed = true;
        held = null;
        Set.copyOf(open).forEach(reply -> reply.cancel(wasClosed()));
        open.clear();
    }

    private static RegistryException wasClosed() {
        return new RegistryException(ErrorCode.UPSTREAM_UNAVAILABLE, "the blob was closed");
    }
}
