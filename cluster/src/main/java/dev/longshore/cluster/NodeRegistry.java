package dev.longshore.cluster;

import dev.longshore.blob.Blob;
import dev.longshore.blob.DescribedBlob;
import dev.longshore.blob.RangeRequest;
import dev.longshore.cluster.HopClient.Hop;
import dev.longshore.http.BlobPart;
import dev.longshore.http.ErrorBody;
import dev.longshore.http.Headers;
import dev.longshore.http.RemoteBlob;
import dev.longshore.http.Reply;
import dev.longshore.http.RetryAfter;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Descriptor;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Freshness;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Manifest;
import dev.longshore.oci.ManifestBytes;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Pull;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RegistryPath;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One cache node, as a registry: each pull is one hop. What the node says is the answer, a refusal too; when it says
 * nothing, the pull fails with a {@link NodeFailure}. Manifests are verified; the bytes of a blob are whoever pipes it to
 * verify, unless its tier says that the node has. Thread-safe.
 */
public final class NodeRegistry implements Registry {

    /** An upstream may be slow, and only a silent node is left: who probes it knows sooner. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** As long as the node itself waits for a body that does not flow. */
    private static final Duration IDLE = Duration.ofMinutes(10);

    private static final Duration PROBE = Duration.ofMillis(800);
    private static final Caller NOBODY = Caller.client("-");
    private static final int MAX_ERROR_BYTES = 64 * 1024;
    private static final Pattern MAX_AGE = Pattern.compile("max-age=([0-9]{1,9})");
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

    private final HopClient client;
    private final Node node;
    private final InstantSource clock;

    /** The registry at {@code node}, by way of a client that all nodes share. */
    public NodeRegistry(HopClient client, Node node, InstantSource clock) {
        this.client = client;
        this.node = node;
        this.clock = clock;
    }

    public Node node() {
        return node;
    }

    /** Completes when the node answers within 0.8 s, whatever it says; fails with a {@link NodeFailure} otherwise. */
    public Future<Void> ping() {
        return client.send(node, new Hop(HttpMethod.GET, "/v2/", NOBODY, "", PROBE, PROBE))
                .compose(Reply::discard);
    }

    @Override
    public Future<Manifest> manifest(ManifestPull pull) {
        return ask(pull, pull.head(), ErrorCode.MANIFEST_UNKNOWN)
                .compose(reply -> pull.head()
                        ? reply.discard().map(v -> described(pull, reply))
                        : body(reply).map(content -> received(pull, reply, content)));
    }

    private Manifest received(ManifestPull pull, Reply reply, Buffer content) {
        Digest digest = digest(pull, reply);
        try {
            ManifestBytes bytes = ManifestBytes.parse(content, reply.header(HttpHeaders.CONTENT_TYPE));
            if (!bytes.are(digest)) {
                throw wrong("sent a manifest whose bytes are not those of " + digest);
            }
            Descriptor descriptor = new Descriptor(digest, bytes.mediaType(), content.length());
            return new Manifest(descriptor, Optional.of(content), origin(reply), freshness(reply));
        } catch (RegistryException e) {
            throw new NodeFailure(node, "sent what is no manifest", e);
        }
    }

    private Manifest described(ManifestPull pull, Reply reply) {
        String mediaType = reply.header(HttpHeaders.CONTENT_TYPE)
                .orElseThrow(() -> wrong("described a manifest without its media type"));
        Descriptor descriptor = new Descriptor(digest(pull, reply), mediaType, reply.length());
        return new Manifest(descriptor, Optional.empty(), origin(reply), freshness(reply));
    }

    private Digest digest(ManifestPull pull, Reply reply) {
        if (pull.reference() instanceof Digest wanted) {
            return wanted;
        }
        try {
            return Digest.parse(reply.header(Headers.CONTENT_DIGEST).orElse(""));
        } catch (RegistryException e) {
            throw new NodeFailure(node, "sent a manifest without its digest", e);
        }
    }

    /** By this machine's clock: what travels is how old it is, and how much longer it holds. */
    private Optional<Freshness> freshness(Reply reply) {
        Optional<Long> age = reply.header(HttpHeaders.AGE)
                .filter(value -> SECONDS.matcher(value).matches())
                .map(Long::valueOf);
        Matcher kept = MAX_AGE.matcher(reply.header(HttpHeaders.CACHE_CONTROL).orElse(""));
        long left = kept.find() ? Long.parseLong(kept.group(1)) : 0;
        Instant now = clock.instant();
        return age.map(seconds -> new Freshness(now.minusSeconds(seconds), now.plusSeconds(left)));
    }

    /** A pull of several ranges begins with the first; the others are asked for when they are piped. */
    @Override
    public Future<Blob> blob(BlobPull pull) {
        if (pull.head()) {
            // What somebody else put on the node's disk is hashed first.
            return answered(hop(pull, HttpMethod.HEAD, IDLE), ErrorCode.BLOB_UNKNOWN)
                    .compose(reply ->
                            reply.discard().map(v -> new DescribedBlob(pull.digest(), size(reply), origin(reply))));
        }
        Bytes bytes = new Bytes(pull);
        return pull.ranges().specs().stream()
                .findFirst()
                .map(range -> bytes.ask(range.header()).compose(reply -> begun(bytes, range, reply)))
                .orElseGet(() -> bytes.ask("").map(reply -> opened(bytes, reply)));
    }

    private Future<Blob> begun(Bytes bytes, RangeRequest.Spec range, Reply reply) {
        if (reply.status() != 416) {
            return Future.succeededFuture(opened(bytes, reply));
        }
        OptionalLong size = BlobPart.unsatisfiedSize(reply);
        if (size.isEmpty()) {
            reply.cancel(wrong("has no such range"));
            return Future.failedFuture(wrong("refused " + range.header() + " without saying why"));
        }
        Blob nothing = RemoteBlob.unopened(bytes, bytes.pull.digest(), size, origin(reply), true);
        return reply.discard().map(v -> nothing);
    }

    private Blob opened(Bytes bytes, Reply reply) {
        try {
            BlobPart part = BlobPart.of(reply);
            // A node can begin anywhere in a blob whose size it knows.
            return RemoteBlob.opened(
                    bytes, bytes.pull.digest(), part, origin(reply), part.size().isPresent());
        } catch (RegistryException e) {
            reply.cancel(e);
            throw new NodeFailure(node, "sent a part of a blob that cannot be", e);
        }
    }

    @Override
    public Future<Listing> listing(ListingPull pull) {
        return ask(pull, false, ErrorCode.NAME_UNKNOWN)
                .compose(reply -> body(reply)
                        .map(json -> new Listing(
                                reply.header(HttpHeaders.CONTENT_TYPE).orElse("application/json"),
                                json,
                                reply.nextPage().map(NodeRegistry::withoutNamespace),
                                reply.header(Headers.OCI_FILTERS_APPLIED),
                                origin(reply))));
    }

    private static String withoutNamespace(String query) {
        return Arrays.stream(query.split("&"))
                .filter(parameter -> !parameter.startsWith("ns="))
                .collect(Collectors.joining("&"));
    }

    private Future<Reply> ask(Pull pull, boolean head, ErrorCode absent) {
        return answered(hop(pull, head ? HttpMethod.HEAD : HttpMethod.GET, PATIENCE), absent);
    }

    private static Hop hop(Pull pull, HttpMethod method, Duration patience) {
        return new Hop(method, RegistryPath.write(pull), pull.caller(), "", patience, patience);
    }

    /** Content, or a 416 where a range was asked for; everything else is a failure. */
    private Future<Reply> answered(Hop hop, ErrorCode absent) {
        return client.send(node, hop).compose(reply -> switch (reply.status()) {
            case 200 -> Future.succeededFuture(reply);
            case 206, 416 -> hop.range().isEmpty() ? refuse(reply, absent) : Future.succeededFuture(reply);
            default -> refuse(reply, absent);
        });
    }

    private Future<Reply> refuse(Reply reply, ErrorCode absent) {
        return reply.body(MAX_ERROR_BYTES)
                .map(ErrorBody::parse)
                .otherwise(Optional.empty())
                .compose(said -> Future.failedFuture(refusal(reply, absent, said)));
    }

    /** What the node would have thrown had it been asked without a hop; or that it cannot be asked now. */
    private RuntimeException refusal(Reply reply, ErrorCode absent, Optional<ErrorBody> said) {
        Optional<String> door = reply.header(HopDoor.HEADER);
        if (door.isPresent()) {
            return wrong("does not let this process in: " + door.get());
        }
        Optional<ErrorCode> code = said.flatMap(NodeRegistry::code).or(() -> code(reply.status(), absent));
        if (code.isEmpty()) {
            return wrong("answered " + reply.status() + ", which no node says");
        }
        String message = said.map(ErrorBody::message).orElse(code.get().message());
        RegistryException answer = new RegistryException(code.get(), message);
        if (answer.unreachable()) {
            answer = RegistryException.passing(code.get(), message, null);
        }
        answer = RetryAfter.of(reply, clock).map(answer::retryAfter).orElse(answer);
        return code.get() == ErrorCode.UNAVAILABLE ? new NodeFailure(node, "takes no pulls now", answer) : answer;
    }

    private static Optional<ErrorCode> code(ErrorBody said) {
        return Arrays.stream(ErrorCode.values())
                .filter(code -> code.name().equals(said.code()))
                .findFirst();
    }

    /** The answer to a {@code HEAD} has no body that could say more. */
    private static Optional<ErrorCode> code(int status, ErrorCode absent) {
        return status == absent.status()
                ? Optional.of(absent)
                : Arrays.stream(ErrorCode.values())
                        .filter(code -> code.status() == status)
                        .findFirst();
    }

    private Future<Buffer> body(Reply reply) {
        return reply.body(MediaTypes.MAX_MANIFEST_BYTES)
                .recover(e -> Future.failedFuture(new NodeFailure(node, "broke off: " + e.getMessage(), e)));
    }

    private static OptionalLong size(Reply reply) {
        return reply.length() < 0 ? OptionalLong.empty() : OptionalLong.of(reply.length());
    }

    private static Origin origin(Reply reply) {
        return new Origin(
                named(Origin.Cache.values(), reply.header(Headers.X_CACHE), Origin.Cache.MISS),
                named(Origin.Tier.values(), reply.header(Headers.TIER), Origin.Tier.UPSTREAM));
    }

    private static <E extends Enum<E>> E named(E[] values, Optional<String> name, E otherwise) {
        String upper = name.orElse("").toUpperCase(Locale.ROOT);
        return Arrays.stream(values)
                .filter(value -> value.name().equals(upper))
                .findFirst()
                .orElse(otherwise);
    }

    private NodeFailure wrong(String what) {
        return new NodeFailure(node, what, null);
    }

    /** The bytes of one blob at the node. Immutable. */
    private final class Bytes implements RemoteBlob.Source {

        private final BlobPull pull;

        Bytes(BlobPull pull) {
            this.pull = pull;
        }

        @Override
        public Future<Reply> ask(String range) {
            String uri = RegistryPath.write(pull);
            // The head of the end of a blob comes when all of the blob has.
            return answered(new Hop(HttpMethod.GET, uri, pull.caller(), range, IDLE, IDLE), ErrorCode.BLOB_UNKNOWN);
        }

        /** What a relay calls retryable is the node's fault; everything else is the reader's. */
        @Override
        public Throwable explain(Throwable failure) {
            return failure instanceof RegistryException e && e.retryable()
                    ? new NodeFailure(node, "broke off: " + e.getMessage(), e)
                    : failure;
        }
    }
}
