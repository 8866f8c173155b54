package dev.longshore.upstream;

import dev.longshore.blob.Blob;
import dev.longshore.blob.RangeRequest;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.http.BlobPart;
import dev.longshore.http.Reply;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Descriptor;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestBytes;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One upstream, as a registry: each pull costs one request there, besides tokens and redirects. Manifests are verified;
 * the bytes of a blob are whoever pipes it to verify. Thread-safe.
 */
public final class UpstreamRegistry implements Registry {

    private static final String CONTENT_DIGEST = "Docker-Content-Digest";

    private final UpstreamClient client;

    private UpstreamRegistry(UpstreamClient client) {
        this.client = client;
    }

    /** The registry that {@code settings} describe; it is not dialled before the first pull. */
    public static UpstreamRegistry of(
            Vertx vertx,
            UpstreamSettings settings,
            ProxyEnvironment proxies,
            MeterRegistry meters,
            InstantSource clock) {
        return new UpstreamRegistry(new UpstreamClient(vertx, settings, proxies, meters, clock));
    }

    @Override
    public Future<Manifest> manifest(ManifestPull pull) {
        Ask ask = Ask.of(
                pull.head() ? Ask.Kind.MANIFEST_HEAD : Ask.Kind.MANIFEST,
                pull.repository(),
                "manifests/" + pull.reference());
        return client.open(ask)
                .compose(reply -> pull.head() ? described(pull, reply) : received(pull, reply))
                .recover(e -> Future.failedFuture(explained(ask, e)));
    }

    private Future<Manifest> received(ManifestPull pull, Reply reply) {
        return reply.body(MediaTypes.MAX_MANIFEST_BYTES).map(body -> {
            ManifestBytes bytes = ManifestBytes.parse(body, reply.header(HttpHeaders.CONTENT_TYPE));
            if (pull.reference() instanceof Digest wanted && !bytes.are(wanted)) {
                throw wrong("the manifest's bytes have another digest: " + bytes.digest());
            }
            Digest digest = pull.reference() instanceof Digest wanted ? wanted : bytes.digest();
            Descriptor descriptor = new Descriptor(digest, bytes.mediaType(), body.length());
            return new Manifest(descriptor, Optional.of(body), Origin.UPSTREAM, Optional.empty());
        });
    }

    /** There are no bytes to judge: the head is all there is, so it must be whole. */
    private static Future<Manifest> described(ManifestPull pull, Reply reply) {
        return reply.discard().map(v -> {
            Optional<Digest> told = reply.header(CONTENT_DIGEST).map(UpstreamRegistry::digest);
            Optional<Digest> asked = pull.reference() instanceof Digest wanted ? Optional.of(wanted) : Optional.empty();
            if (told.isPresent() && asked.isPresent() && !told.equals(asked)) {
                throw wrong("it answered for another digest: " + told.get());
            }
            Digest digest = asked.or(() -> told).orElseThrow(() -> wrong("the answer has no " + CONTENT_DIGEST));
            String mediaType = reply.header(HttpHeaders.CONTENT_TYPE)
                    .map(ManifestBytes::withoutParameters)
                    .orElseThrow(() -> wrong("the answer has no Content-Type"));
            if (reply.length() <= 0 || reply.length() > MediaTypes.MAX_MANIFEST_BYTES) {
                throw wrong(reply.length() <= 0 ? "the answer has no Content-Length" : "the manifest is too large");
            }
            Descriptor descriptor = new Descriptor(digest, mediaType, reply.length());
            return new Manifest(descriptor, Optional.empty(), Origin.UPSTREAM, Optional.empty());
        });
    }

    private static Digest digest(String header) {
        try {
            return Digest.parse(header.strip());
        } catch (RegistryException e) {
            throw wrong("the answer has a " + CONTENT_DIGEST + " that is none");
        }
    }

    /** A pull of several ranges begins with the first; the others are asked for when they are piped. */
    @Override
    public Future<Blob> blob(BlobPull pull) {
        Ask ask = UpstreamBlob.ask(pull);
        if (pull.head()) {
            return client.open(ask)
                    .compose(reply -> reply.discard().map(v -> unopened(pull, reply)))
                    .recover(e -> Future.failedFuture(explained(ask, e)));
        }
        return pull.ranges().specs().stream()
                .findFirst()
                .map(range -> client.open(ask.ranged(range.header())).compose(reply -> begun(pull, ask, range, reply)))
                .orElseGet(() -> client.open(ask).compose(reply -> opened(pull, reply)))
                .recover(e -> Future.failedFuture(explained(ask, e)));
    }

    private Blob unopened(BlobPull pull, Reply reply) {
        reply.header(CONTENT_DIGEST)
                .map(UpstreamRegistry::digest)
                .filter(told -> !told.equals(pull.digest()))
                .ifPresent(told -> {
                    throw wrong("it answered for another digest: " + told);
                });
        OptionalLong size = reply.length() < 0 ? OptionalLong.empty() : OptionalLong.of(reply.length());
        return UpstreamBlob.unopened(client, pull.asGet(), size, false);
    }

    private Future<Blob> begun(BlobPull pull, Ask whole, RangeRequest.Spec range, Arrival reply) {
        if (reply.status() == 206 && BlobPart.hidesSize(reply)) {
            // Nobody can tell where the last part ends.
            return reply.discard().compose(v -> client.open(whole)).compose(again -> opened(pull, again));
        }
        if (reply.status() != 416) {
            return opened(pull, reply);
        }
        // An empty blob has no first byte, and so refuses every range; some registries refuse without saying its size.
        OptionalLong size = BlobPart.unsatisfiedSize(reply);
        return reply.discard()
                .compose(v -> size.orElse(0) > 0 && range.first() >= size.getAsLong()
                        ? Future.succeededFuture(UpstreamBlob.unopened(client, pull, size, true))
                        : client.open(whole).compose(again -> opened(pull, again)));
    }

    private Future<Blob> opened(BlobPull pull, Arrival reply) {
        try {
            BlobPart part = BlobPart.of(reply);
            pull.ranges().specs().stream()
                    .findFirst()
                    .filter(range -> part.ranged() && !isAnswer(part, range))
                    .ifPresent(range -> {
                        throw BlobPart.wrong("brings other bytes than those asked for");
                    });
            return Future.succeededFuture(UpstreamBlob.opened(client, pull, reply, part));
        } catch (RegistryException e) {
            reply.cancel(e);
            return Future.failedFuture(e);
        }
    }

    private static boolean isAnswer(BlobPart part, RangeRequest.Spec range) {
        return range.first() < 0
                || part.start() == range.first()
                        && (range.last() < 0 || part.end().orElse(0) <= range.last() + 1);
    }

    @Override
    public Future<Listing> listing(ListingPull pull) {
        Ask ask = Ask.of(pull);
        return client.open(ask)
                .compose(reply -> reply.body(MediaTypes.MAX_MANIFEST_BYTES).map(body -> listed(pull, reply, body)))
                .recover(e -> Future.failedFuture(explained(ask, e)));
    }

    private static Listing listed(ListingPull pull, Reply reply, Buffer body) {
        JsonObject list;
        try {
            list = new JsonObject(body);
        } catch (DecodeException e) {
            throw wrong("the list is not a JSON object");
        }
        boolean referrers = pull instanceof ListingPull.Referrers;
        if (referrers && !(list.getValue("manifests") instanceof JsonArray)) {
            throw new RegistryException(ErrorCode.MANIFEST_UNKNOWN, "it answers with something else than referrers");
        }
        return new Listing(
                referrers ? MediaTypes.OCI_INDEX : "application/json",
                body,
                reply.nextPage(),
                reply.header("OCI-Filters-Applied"),
                Origin.UPSTREAM);
    }

    private static RegistryException wrong(String what) {
        return new RegistryException(ErrorCode.UPSTREAM_UNAVAILABLE, what);
    }

    /**
     * A failure after the head was there is told with what it was. A broken body is an outage; wrong content is told to
     * the operator, since nobody else can mend it.
     */
    private Throwable explained(Ask ask, Throwable failure) {
        Throwable explained = ask.explain(failure);
        if (explained != failure && explained instanceof RegistryException e) {
            if (e.retryable()) {
                client.outage().observe(e);
            } else {
                client.outage().wrongContent(String.valueOf(e.getMessage()));
            }
        }
        return explained;
    }
}
