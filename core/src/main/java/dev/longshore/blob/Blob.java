package dev.longshore.blob;

import dev.longshore.oci.Digest;
import dev.longshore.oci.Origin;
import io.vertx.core.Future;
import java.util.OptionalLong;

/**
 * A blob that can be read: its size is known, its bytes may still be on their way. It belongs to the one who asked for
 * it, who closes it, once, when nothing is piped any more. Confined to one context.
 */
public interface Blob {

    Digest digest();

    /** In bytes; absent only where the upstream sends no length. */
    OptionalLong size();

    Origin origin();

    /** Whether {@link #pipeTo} may start anywhere and be called again; otherwise it gives all bytes from 0, once. */
    default boolean seekable() {
        return true;
    }

    /**
     * Writes the bytes of {@code range} to {@code sink}, waiting for it as it asks. Completes when the sink has taken
     * the last byte; fails when the source breaks, the bytes turn out wrong, or the sink fails. It never ends the sink.
     * Where the size is unknown a range's end is at most {@link Long#MAX_VALUE}, and the last byte is the source's.
     */
    Future<Void> pipeTo(BodySink sink, ByteRange range);

    /** Lets go of files and connections; what is being piped fails. */
    void close();
}
