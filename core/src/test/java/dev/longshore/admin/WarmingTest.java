package dev.longshore.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.admin.Warming.Image;
import dev.longshore.blob.Blob;
import dev.longshore.blob.BytesBlob;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Descriptor;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.Tag;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class WarmingTest {

    private static final int LAYERS = 20_000;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void thereMayBeAnyNumberOfBlobs() throws Exception {
        Image image = new Image(
                "large",
                new ManifestPull(
                        Caller.client("127.0.0.1"), new RepositoryName("docker.io", "org/large"), new Tag("1"), false));
        Promise<Void> done = Promise.promise();
        vertx.runOnContext(now -> new Warming(new Everything(), Set.of(), changed -> {})
                .run(List.of(image))
                .onComplete(done));

        done.future().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertThat(image.isComplete()).isTrue();
    }

    /** Has an image of very many layers, and each of them, after a moment. */
    private final class Everything implements Registry {

        @Override
        public Future<Manifest> manifest(ManifestPull pull) {
            JsonArray layers = new JsonArray();
            for (int i = 0; i < LAYERS; i++) {
                layers.add(new JsonObject().put("digest", digest(i).toString()).put("size", 0));
            }
            Buffer content = new JsonObject().put("layers", layers).toBuffer();
            Descriptor descriptor =
                    new Descriptor(Digest.of(content.getBytes()), MediaTypes.OCI_MANIFEST, content.length());
            return Future.succeededFuture(
                    new Manifest(descriptor, Optional.of(content), Origin.DISK, Optional.empty()));
        }

        private Digest digest(int layer) {
            return Digest.parse("sha256:%064x".formatted(layer));
        }

        @Override
        public Future<Blob> blob(BlobPull pull) {
            Promise<Blob> later = Promise.promise();
            vertx.runOnContext(now -> later.complete(new BytesBlob(pull.digest(), Buffer.buffer(), Origin.DISK)));
            return later.future();
        }

        @Override
        public Future<Listing> listing(ListingPull pull) {
            return Future.failedFuture("nobody asks");
        }
    }
}
