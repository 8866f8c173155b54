package dev.longshore.blob;

import dev.longshore.oci.Digest;
import dev.longshore.oci.Origin;
import io.vertx.core.Future;
import java.net.URI;
import java.util.OptionalLong;

/**
 * A blob that its reader fetches elsewhere: only where is known here. Immutable.
 *
 * @param location an absolute URL
 */
public record LocatedBlob(Digest digest, OptionalLong size, URI location, Origin origin) implements Blob {

    @Override
    public Future<Void> pipeTo(BodySink sink, ByteRange range) {
        return Future.failedFuture(new IllegalStateException("the bytes are elsewhere"));
    }

    @Override
    public void close() {}
}
