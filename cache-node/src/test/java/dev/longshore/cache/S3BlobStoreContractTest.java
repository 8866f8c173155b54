package dev.longshore.cache;

import dev.longshore.blob.BlobStore;
import dev.longshore.s3.S3Bucket;
import io.vertx.core.Vertx;
import java.io.IOException;

final class S3BlobStoreContractTest extends BlobStoreContract {

    @Override
    BlobStore open(Vertx vertx) throws IOException {
        TestBucket server = TestBucket.start();
        closeAfterwards(server);
        S3Bucket bucket = server.open(vertx);
        closeAfterwards(() -> await(bucket.close()));
        return bucket.blobs();
    }
}
