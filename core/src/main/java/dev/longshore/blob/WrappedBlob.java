package dev.longshore.blob;

import dev.longshore.oci.Digest;
import dev.longshore.oci.Origin;
import io.vertx.core.Future;
import java.util.OptionalLong;

/** A blob that is {@link #source} but for what an implementation says otherwise. Confined to one context. */
public interface WrappedBlob extends Blob {

    Blob source();

    @Override
    default Digest digest() {
        return source().digest();
    }

    @Override
    default OptionalLong size() {
        return source().size();
    }

    @Override
    default Origin origin() {
        return source().origin();
    }

    @Override
    default boolean seekable() {
        return source().seekable();
    }

    @Override
    default Future<Void> pipeTo(BodySink sink, ByteRange range) {
        return source().pipeTo(sink, range);
    }

    @Override
    default void close() {
        source().close();
    }
}
