package dev.longshore.blob;

import dev.longshore.oci.Digest;
import dev.longshore.oci.Origin;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.OptionalLong;

/** A small blob held in memory. Immutable; nobody writes to the buffer. */
public record BytesBlob(Digest digest, Buffer bytes, Origin origin) implements Blob {

    @Override
    public OptionalLong size() {
        return OptionalLong.of(bytes.length());
    }

    @Override
    public Future<Void> pipeTo(BodySink sink, ByteRange range) {
        return sink.write(bytes.slice((int) range.start(), (int) range.end()));
    }

    @Override
    public void close() {}
}
