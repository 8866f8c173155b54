package dev.longshore.cache;

import dev.longshore.blob.BlobStore;
import dev.longshore.s3.S3Bucket;
import io.vertx.core.Vertx;
import java.io.IOException;

final class S3BlobStoreContractTest extends BlobStoreContract {

    @SuppressWarnings("NullAway.Init") // by open
    private TestBucket server;

    @SuppressWarnings("NullAway.Init") // by open
    private S3Bucket bucket;

    @Override
    BlobStore open(Vertx vertx) throws IOException {
        server = TestBucket.start();
        bucket = server.open(vertx);
        return bucket.blobs();
    }

    @Override
    void close() {
        await(bucket.close());
        server.close();
    }
}
