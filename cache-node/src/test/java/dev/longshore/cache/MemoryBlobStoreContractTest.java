package dev.longshore.cache;

import dev.longshore.blob.BlobStore;
import dev.longshore.blob.MemoryBlobStore;
import io.vertx.core.Vertx;

final class MemoryBlobStoreContractTest extends BlobStoreContract {

    @Override
    BlobStore open(Vertx vertx) {
        return new MemoryBlobStore(vertx);
    }
}
