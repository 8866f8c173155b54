package dev.longshore.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.longshore.oci.Descriptor;
import dev.longshore.oci.Freshness;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.Origin;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * The headers of answers with a manifest. Who asks for the same within a second is told the same, so that it is put
 * together, and checked, once: for a hot manifest that was the most of the work that is not the kernel's. Thread-safe.
 */
final class ManifestHeads {

    private static final int REMEMBERED = 1000;

    private final Cache<Head, MultiMap> made =
            Caffeine.newBuilder().maximumSize(REMEMBERED).build();

    /**
     * What the headers say.
     *
     * @param age since the upstream was asked, in seconds; empty for what was not found by a tag
     * @param left until it is asked again, in seconds; this and the tier are told to one of us alone
     */
    private record Head(
            Descriptor descriptor,
            Origin.Cache cache,
            Optional<Long> age,
            Optional<Long> left,
            Optional<Origin.Tier> tier,
            Optional<String> namespace) {}

    /**
     * All headers of an answer with {@code manifest}; nobody can change them.
     *
     * @param inner whether one of us has asked
     * @param namespace that the request named
     */
    MultiMap of(Manifest manifest, Instant now, boolean inner, Optional<String> namespace) {
        Optional<Freshness> freshness = manifest.freshness();
        return made.get(
                new Head(
                        manifest.descriptor(),
                        manifest.origin().cache(),
                        freshness.map(known -> seconds(known.validatedAt(), now)),
                        inner ? freshness.map(known -> seconds(now, known.freshUntil())) : Optional.empty(),
                        inner ? Optional.of(manifest.origin().tier()) : Optional.empty(),
                        namespace),
                ManifestHeads::make);
    }

    private static long seconds(Instant from, Instant until) {
        return Math.max(0, Duration.between(from, until).toSeconds());
    }

    private static MultiMap make(Head head) {
        String digest = head.descriptor.digest().toString();
        MultiMap headers = HttpHeaders.headers();
        headers.set(Headers.API_VERSION, Headers.API_VERSION_2);
        head.namespace.ifPresent(namespace -> set(headers, Headers.OCI_NAMESPACE, namespace));
        set(headers, Headers.CONTENT_DIGEST, digest);
        set(headers, HttpHeaders.ETAG, '"' + digest + '"');
        set(headers, Headers.X_CACHE, head.cache.name());
        head.tier.ifPresent(tier -> set(headers, Headers.TIER, tier.name().toLowerCase(Locale.ROOT)));
        set(headers, HttpHeaders.CONTENT_TYPE, head.descriptor.mediaType());
        head.age.ifPresent(age -> set(headers, HttpHeaders.AGE, age.toString()));
        head.left.ifPresent(left -> set(headers, HttpHeaders.CACHE_CONTROL, "max-age=" + left));
        if (head.descriptor.size() >= 0) {
            set(headers, HttpHeaders.CONTENT_LENGTH, Long.toString(head.descriptor.size()));
        }
        return headers.copy(false);
    }

    /** As bytes, which are quicker to write than characters. */
    private static void set(MultiMap headers, CharSequence name, String value) {
        headers.set(name, HttpHeaders.createOptimized(value));
    }
}
