package dev.longshore.gateway;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.ResumingBlob;
import dev.longshore.blob.WrappedBlob;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * A blob that is read from one node after another, not all of which vouch for what they send. An inner range goes on at
 * the next byte. Of one that reaches the end, the next node sends again what was sent and is in doubt, and goes on only
 * if that has the same hash: then all of it is that node's, which keeps the end back until the digest holds. Confined to
 * one context, and hashed there.
 */
final class AgreedBlob implements WrappedBlob, ResumingBlob.Sources {

    private final ResumingBlob source;
    private final ResumingBlob.Sources nodes;
    private @Nullable Sent sent;

    /**
     * Reads {@code first}, which it owns from now on.
     *
     * @param nodes give what follows the first
     */
    AgreedBlob(Blob first, ResumingBlob.Sources nodes) {
        this.source = new ResumingBlob(first, this);
        this.nodes = nodes;
    }

    @Override
    public Blob source() {
        return source;
    }

    /** One range after the other. */
    @Override
    public Future<Void> pipeTo(BodySink sink, ByteRange range) {
        if (range.end() < source.size().orElse(0)) {
            sent = null;
            return source.pipeTo(sink, range);
        }
        Sent all = new Sent(sink);
        all.follows(range.start(), source);
        sent = all;
        return source.pipeTo(all, range);
    }

    @Override
    public Future<Blob> after(Blob failed, Throwable cause, long from) {
        Sent before = sent;
        if (before == null) {
            return nodes.after(failed, cause, from);
        }
        return before.doubted == null || before.doubtedFrom == from
                ? nodes.after(failed, cause, from).onSuccess(next -> before.follows(from, next))
                : nodes.after(failed, cause, before.doubtedFrom).map(next -> new Again(next, before));
    }

    /** What goes out of a range that reaches the end, hashed from where on no node vouches for it. */
    private static final class Sent implements BodySink {

        private final BodySink sink;
        private long doubtedFrom;
        private @Nullable MessageDigest doubted;

        Sent(BodySink sink) {
            this.sink = sink;
        }

        /** Up to {@code from} all is right; what comes then is the {@code source}'s. */
        void follows(long from, Blob source) {
            doubtedFrom = from;
            doubted = RoutingRegistry.isPublished(source)
                    ? null
                    : source.digest().algorithm().hasher();
        }

        @Override
        public Future<Void> write(Buffer bytes) {
            if (doubted != null) {
                doubted.update(bytes.getBytes());
            }
            return sink.write(bytes);
        }

        /** Whether what is in doubt has that hash, which is the {@code source}'s; a source that is verified ends the doubt. */
        boolean is(byte[] hash, Blob source) {
            boolean same = doubted != null && MessageDigest.isEqual(hash, soFar(doubted));
            if (same && RoutingRegistry.isPublished(source)) {
                doubted = null;
            }
            return same;
        }

        private static byte[] soFar(MessageDigest hash) {
            try {
                return ((MessageDigest) hash.clone()).digest();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException("the JDK's own digests can be copied", e);
            }
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            return Future.failedFuture(new IOException("a node's body is no file"));
        }
    }

    /** The next node's blob, read from where the doubt begins. Confined to one context. */
    private static final class Again implements WrappedBlob {

        private final Blob source;
        private final Sent sent;
        private boolean read;

        Again(Blob source, Sent sent) {
            this.source = source;
            this.sent = sent;
        }

        @Override
        public Blob source() {
            return source;
        }

        /** At first in one piece: two answers of a node may be of two fills. */
        @Override
        public Future<Void> pipeTo(BodySink sink, ByteRange range) {
            if (read) {
                return source.pipeTo(sink, range);
            }
            read = true;
            Compared rest = new Compared(sink, sent, source, range.start() - sent.doubtedFrom);
            return source.pipeTo(rest, new ByteRange(sent.doubtedFrom, range.end()));
        }
    }

    /** Holds what comes again against what was sent, and passes on what follows. Confined to one context. */
    private static final class Compared implements BodySink {

        private final BodySink sink;
        private final Sent sent;
        private final Blob source;
        private final MessageDigest hash;
        private long left;

        /** @param left how many bytes come again */
        Compared(BodySink sink, Sent sent, Blob source, long left) {
            this.sink = sink;
            this.sent = sent;
            this.source = source;
            this.hash = source.digest().algorithm().hasher();
            this.left = left;
        }

        @Override
        public Future<Void> write(Buffer bytes) {
            if (left == 0) {
                return sink.write(bytes);
            }
            int again = (int) Math.min(left, bytes.length());
            hash.update(bytes.getBytes(0, again));
            left -= again;
            if (left == 0 && !sent.is(hash.digest(), source)) {
                return Future.failedFuture(new RegistryException(
                        ErrorCode.UPSTREAM_UNAVAILABLE, "what was sent is not what the next node has"));
            }
            return again == bytes.length() ? Future.succeededFuture() : sink.write(bytes.slice(again, bytes.length()));
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            return sent.transfer(file, position, length);
        }
    }
}
