package dev.longshore.blob;

import dev.longshore.oci.Digest;
import dev.longshore.oci.Origin;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/** Blobs in memory, as many as there are: for tests. Thread-safe. */
public final class MemoryBlobStore implements BlobStore {

    private final Vertx vertx;
    private final Map<Digest, Buffer> blobs = new ConcurrentHashMap<>();

    public MemoryBlobStore(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public Future<OptionalLong> size(Digest digest) {
        Buffer bytes = blobs.get(digest);
        return Future.succeededFuture(bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes.length()));
    }

    @Override
    public Future<Optional<Blob>> open(Digest digest) {
        return Future.succeededFuture(
                Optional.ofNullable(blobs.get(digest)).map(bytes -> new BytesBlob(digest, bytes, Origin.MEMORY)));
    }

    @Override
    public Future<Void> write(Blob blob) {
        if (blobs.containsKey(blob.digest())) {
            return Future.succeededFuture();
        }
        return BytesSink.read(vertx, blob, ByteRange.whole(blob.size().orElseThrow()))
                .map(bytes -> {
                    blobs.putIfAbsent(blob.digest(), Buffer.buffer(bytes));
                    return null;
                });
    }

    @Override
    public Future<Void> delete(Digest digest) {
        blobs.remove(digest);
        return Future.succeededFuture();
    }
}
