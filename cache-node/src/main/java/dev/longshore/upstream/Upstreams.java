package dev.longshore.upstream;

import dev.longshore.blob.Blob;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The closed world of upstreams, as one registry: what is not listed is not fetched. Thread-safe. */
public final class Upstreams implements Registry {

    private final Map<String, UpstreamRegistry> byName;

    private Upstreams(Map<String, UpstreamRegistry> byName) {
        this.byName = byName;
    }

    /** The upstreams that {@code settings} list; none is dialled before it is pulled from. */
    public static Upstreams of(
            Vertx vertx, Collection<UpstreamSettings> settings, ProxyEnvironment proxies, MeterRegistry meters) {
        return new Upstreams(settings.stream()
                .collect(Collectors.toUnmodifiableMap(
                        UpstreamSettings::name,
                        one -> UpstreamRegistry.of(vertx, one, proxies, meters, InstantSource.system()))));
    }

    @Override
    public Future<Manifest> manifest(ManifestPull pull) {
        return at(pull.repository(), upstream -> upstream.manifest(pull));
    }

    @Override
    public Future<Blob> blob(BlobPull pull) {
        return at(pull.repository(), upstream -> upstream.blob(pull));
    }

    /** A catalog is of a cache; there is none of the world. */
    @Override
    public Future<Listing> listing(ListingPull pull) {
        if (pull instanceof ListingPull.Tags tags) {
            return at(tags.repository(), upstream -> upstream.listing(pull));
        }
        if (pull instanceof ListingPull.Referrers referrers) {
            return at(referrers.repository(), upstream -> upstream.listing(pull));
        }
        return Future.failedFuture(
                new RegistryException(ErrorCode.NAME_UNKNOWN, "an upstream's catalog is not listed"));
    }

    private <T> Future<T> at(RepositoryName repository, Function<UpstreamRegistry, Future<T>> question) {
        UpstreamRegistry upstream = byName.get(repository.upstream());
        return upstream != null
                ? question.apply(upstream)
                : Future.failedFuture(new RegistryException(
                        ErrorCode.NAME_UNKNOWN, repository.upstream() + " is not an upstream of this mirror"));
    }
}
