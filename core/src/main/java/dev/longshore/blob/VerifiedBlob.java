package dev.longshore.blob;

import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * A blob that flows from its source to one reader, past the disk, and is hashed on its way: the last 32 KiB follow when
 * the digest holds. A range that reaches the end is read from the first byte on, since nothing else can be verified; an
 * inner one is passed on as it is. Confined to one context, and hashed there.
 */
public record VerifiedBlob(Blob source) implements WrappedBlob {

    /** The last bytes of a blob, which nobody gets before its digest holds. */
    public static final int WITHHELD = 32 * 1024;

    @Override
    public Future<Void> pipeTo(BodySink sink, ByteRange range) {
        long size = source.size().orElse(Long.MAX_VALUE);
        if (range.end() < size && source.seekable()) {
            return source.pipeTo(sink, range);
        }
        HashedSink hashed = new HashedSink(sink, source.digest(), range);
        return source.pipeTo(hashed, ByteRange.whole(size)).compose(all -> hashed.finish());
    }

    /** Lets a range of a whole blob through, less what may be sent only when the rest has come and is right. */
    private static final class HashedSink implements BodySink {

        private final BodySink sink;
        private final Digest digest;
        private final ByteRange range;
        private final MessageDigest hasher;
        private Buffer held = Buffer.buffer();
        private long heldFrom;

        HashedSink(BodySink sink, Digest digest, ByteRange range) {
            this.sink = sink;
            this.digest = digest;
            this.range = range;
            this.hasher = digest.algorithm().hasher();
        }

        @Override
        public Future<Void> write(Buffer bytes) {
            hasher.update(bytes.getBytes());
            int kept = Math.min(WITHHELD, bytes.length());
            if (kept < WITHHELD && held.length() > 0) {
                held = held.copy().appendBuffer(bytes);
                return pass(Math.max(0, held.length() - WITHHELD));
            }
            // The rule, and the fast way: what was held goes out whole, and only what is held now is copied.
            Future<Void> passed = pass(held.length());
            held = bytes;
            Future<Void> sent = pass(bytes.length() - kept);
            held = held.copy();
            return Future.all(passed, sent).mapEmpty();
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            return Future.failedFuture(new IOException("a source past the disk has no file"));
        }

        Future<Void> finish() {
            if (!digest.hex().equals(HexFormat.of().formatHex(hasher.digest()))) {
                return Future.failedFuture(new RegistryException(
                        ErrorCode.UPSTREAM_UNAVAILABLE, "the upstream sent bytes that are not those of the digest"));
            }
            return pass(held.length());
        }

        /** Sends so many of the bytes that are held, as far as they lie in the range. */
        private Future<Void> pass(int count) {
            int from = (int) Math.min(count, Math.max(0, range.start() - heldFrom));
            int to = (int) Math.min(count, Math.max(from, range.end() - heldFrom));
            Buffer wanted = held.slice(from, to);
            held = held.slice(count, held.length());
            heldFrom += count;
            return wanted.length() == 0 ? Future.succeededFuture() : sink.write(wanted);
        }
    }
}
