package dev.longshore.cache;

import dev.longshore.blob.BlobStore;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.io.TempDir;

final class DiskBlobStoreContractTest extends BlobStoreContract {

    @TempDir
    private Path directory;

    @Override
    BlobStore open(Vertx vertx) throws IOException {
        WorkerExecutor workers = vertx.createSharedWorkerExecutor("disk", 4);
        DiskBlobStore store = DiskBlobStore.open(new Layout(directory), 1L << 30, 0, workers, Clock.systemUTC());
        closeAfterwards(store::close);
        return store;
    }
}
