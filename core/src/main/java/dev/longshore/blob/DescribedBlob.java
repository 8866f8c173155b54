package dev.longshore.blob;

import dev.longshore.oci.Digest;
import dev.longshore.oci.Origin;
import io.vertx.core.Future;
import java.util.OptionalLong;

/** What is known of a blob whose bytes were not asked for: the answer to a {@code HEAD}. Immutable. */
public record DescribedBlob(Digest digest, OptionalLong size, Origin origin) implements Blob {

    @Override
    public Future<Void> pipeTo(BodySink sink, ByteRange range) {
        return Future.failedFuture(new IllegalStateException("only the descriptor was asked for"));
    }

    @Override
    public void close() {}
}
