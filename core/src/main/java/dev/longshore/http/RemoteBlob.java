package dev.longshore.http;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
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
 * A blob somewhere else: the answer that told of it, whose body waits, and a source that is asked for more by range. Its
 * bytes are not verified. Several ranges may be piped side by side; none is begun again once its bytes flow. Confined to
 * one context.
 */
public final class RemoteBlob implements Blob {

    private final Source source;
    private final Digest digest;
    private final OptionalLong size;
    private final Origin origin;
    private final boolean seekable;
    private final Set<Reply> open = new HashSet<>();
    private @Nullable BlobPart held;
    private boolean closed;

    /** Where the bytes are. Confined to one context. */
    public interface Source {

        /** Asks for the bytes of {@code range}, as in {@code bytes=5-9}; completes with a 200, a 206 or a 416. */
        Future<? extends Reply> ask(String range);

        /** The same failure, in words that say what was asked of whom; or the failure as it is, when it is the sink's. */
        Throwable explain(Throwable failure);
    }

    private RemoteBlob(Source source, Digest digest, OptionalLong size, Origin origin, boolean seekable) {
        this.source = source;
        this.digest = digest;
        this.size = size;
        this.origin = origin;
        this.seekable = seekable;
    }

    /** A blob of which nothing is open. */
    public static RemoteBlob unopened(
            Source source, Digest digest, OptionalLong size, Origin origin, boolean seekable) {
        return new RemoteBlob(source, digest, size, origin, seekable);
    }

    /** A blob whose first bytes wait in {@code part}, which it owns from now on. */
    public static RemoteBlob opened(Source source, Digest digest, BlobPart part, Origin origin, boolean seekable) {
        RemoteBlob blob = new RemoteBlob(source, digest, part.size(), origin, seekable);
        blob.held = part;
        blob.open.add(part.reply());
        return blob;
    }

    @Override
    public Digest digest() {
        return digest;
    }

    @Override
    public OptionalLong size() {
        return size;
    }

    @Override
    public Origin origin() {
        return origin;
    }

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
                    .recover(e -> Future.failedFuture(source.explain(e)))
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
        if (closed) {
            return Future.failedFuture(wasClosed());
        }
        return source.ask("bytes=" + from + "-" + (until == Long.MAX_VALUE ? "" : until - 1))
                .compose(reply -> {
                    try {
                        BlobPart part = continued(reply, from, until);
                        open.add(reply);
                        return Future.succeededFuture(part);
                    } catch (RegistryException e) {
                        reply.cancel(e);
                        return Future.failedFuture(source.explain(e));
                    }
                });
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
