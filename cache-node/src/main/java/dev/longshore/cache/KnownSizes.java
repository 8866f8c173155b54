package dev.longshore.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.longshore.oci.Digest;
import dev.longshore.oci.RegistryException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.OptionalLong;

/**
 * The sizes of blobs, as the manifests that passed here describe them: for upstreams that send a blob without its length.
 * Thread-safe.
 */
final class KnownSizes {

    private final Cache<Digest, Long> sizes =
            Caffeine.newBuilder().maximumSize(50_000).build();

    /** The size of a blob, in bytes, where a manifest told it. */
    OptionalLong find(Digest digest) {
        Long size = sizes.getIfPresent(digest);
        return size == null ? OptionalLong.empty() : OptionalLong.of(size);
    }

    /** Forgets what may be wrong: any manifest may have told it. */
    void doubt(Digest digest) {
        sizes.invalidate(digest);
    }

    /** Learns the descriptors of a manifest. */
    void learn(Buffer manifest) {
        try {
            JsonObject fields = manifest.toJsonObject();
            learn(fields.getJsonObject("config", new JsonObject()));
            for (Object layer : fields.getJsonArray("layers", new JsonArray())) {
                if (layer instanceof JsonObject descriptor) {
                    learn(descriptor);
                }
            }
        } catch (DecodeException | ClassCastException e) {
            // A manifest of another form has no descriptors that are known here.
        }
    }

    private void learn(JsonObject descriptor) {
        String digest = descriptor.getString("digest");
        Long size = descriptor.getLong("size");
        if (digest != null && size != null && size >= 0) {
            try {
                sizes.put(Digest.parse(digest), size);
            } catch (RegistryException e) {
                // An algorithm that is not known here names nothing that can be pulled here.
            }
        }
    }
}
