package dev.longshore.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.longshore.oci.Digest;
import io.vertx.core.buffer.Buffer;
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
        Descriptors.of(manifest)
                .filter(named -> named.size() >= 0)
                .forEach(named -> sizes.put(named.digest(), named.size()));
    }
}
