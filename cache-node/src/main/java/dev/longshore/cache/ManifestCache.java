package dev.longshore.cache;

import dev.longshore.blob.BytesBlob;
import dev.longshore.http.SingleFlight;
import dev.longshore.http.SingleFlight.Shared;
import dev.longshore.oci.Descriptor;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Link;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestBytes;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Reference;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryLinks;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manifests are content, kept by digest. A repository is given one that lies here by a link, else by a {@code HEAD} to the
 * upstream, which is remembered. Thread-safe.
 */
final class ManifestCache {

    private static final Logger log = LoggerFactory.getLogger(ManifestCache.class);

    private final DiskBlobStore store;
    private final SmallBlobs contents;
    private final RepositoryLinks links;
    private final KnownSizes sizes;
    private final Registry upstream;
    private final SingleFlight<Key, Manifest> flights;

    /** What is asked of the upstream, whoever asks. */
    private record Key(RepositoryName repository, Reference reference, boolean head) {}

    ManifestCache(
            Vertx vertx,
            DiskBlobStore store,
            SmallBlobs contents,
            RepositoryLinks links,
            KnownSizes sizes,
            Registry upstream) {
        this.flights = new SingleFlight<>(vertx);
        this.store = store;
        this.contents = contents;
        this.links = links;
        this.sizes = sizes;
        this.upstream = upstream;
    }

    /** The manifest of {@code digest}, which {@code pull} asks for. */
    Future<Manifest> get(ManifestPull pull, Digest digest) {
        return kept(pull, digest)
                .compose(kept -> kept.map(Future::succeededFuture).orElseGet(() -> ask(pull)));
    }

    /** Whether its content lies on this disk, whoever may have it. */
    boolean isHere(Digest digest) {
        return store.published(digest).isPresent();
    }

    /** What another node is given: what lies here. */
    Future<Manifest> getForPeer(ManifestPull pull) {
        Future<Optional<Manifest>> here = pull.reference() instanceof Digest digest
                ? contents.here(digest).map(found -> found.map(this::manifest))
                : Future.succeededFuture(Optional.empty());
        return here.map(found -> found.orElseThrow(() -> new RegistryException(ErrorCode.MANIFEST_UNKNOWN)));
    }

    /** The manifest, if it lies here or in the bucket and this repository has it. */
    Future<Optional<Manifest>> kept(ManifestPull pull, Digest digest) {
        Link.OfContent link = Link.revision(pull.repository(), digest);
        return links.has(link).compose(linked -> {
            if (linked) {
                return read(digest);
            }
            return isHere(digest) ? proven(pull, link) : Future.succeededFuture(Optional.empty());
        });
    }

    /** Empty where the {@code HEAD} says nothing: a {@code GET} will be the proof. */
    private Future<Optional<Manifest>> proven(ManifestPull pull, Link.OfContent link) {
        return ask(pull.asHead(true))
                .compose(has -> links.add(link))
                .compose(noted -> read(link.digest()))
                .recover(failure -> !pull.head() && RegistryException.isImproper(failure)
                        ? Future.succeededFuture(Optional.empty())
                        : Future.failedFuture(failure));
    }

    private Future<Optional<Manifest>> read(Digest digest) {
        return contents.read(digest).map(found -> found.map(this::manifest));
    }

    private Manifest manifest(BytesBlob blob) {
        Buffer content = blob.bytes();
        String mediaType = ManifestBytes.parse(content, Optional.empty()).mediaType();
        Descriptor descriptor = new Descriptor(blob.digest(), mediaType, content.length());
        if (!blob.origin().equals(Origin.MEMORY)) {
            sizes.learn(content);
        }
        return new Manifest(descriptor, Optional.of(content), blob.origin(), Optional.empty());
    }

    /** From the upstream, once for everyone who asks the same now; kept before it is answered. */
    Future<Manifest> ask(ManifestPull pull) {
        Key key = new Key(pull.repository(), pull.reference(), pull.head());
        Shared<Manifest> shared =
                flights.join(key, () -> upstream.manifest(pull).compose(manifest -> keep(pull.repository(), manifest)));
        return shared.leader() ? shared.answer() : shared.answer().map(manifest -> manifest.from(Origin.JOINED));
    }

    private Future<Manifest> keep(RepositoryName repository, Manifest manifest) {
        if (manifest.content().isEmpty()
                || MediaTypes.isSchema1(manifest.descriptor().mediaType())) {
            return Future.succeededFuture(manifest);
        }
        Digest digest = manifest.descriptor().digest();
        Buffer content = manifest.content().get();
        sizes.learn(content);
        return contents.write(digest, content)
                .compose(written -> links.add(Link.revision(repository, digest)))
                .recover(failure -> {
                    log.debug("cannot keep {}: {}", digest, failure.toString());
                    return Future.succeededFuture();
                })
                .map(manifest);
    }
}
