package dev.longshore.upstream;

import dev.longshore.blob.Blob;
import dev.longshore.http.BlobPart;
import dev.longshore.http.RemoteBlob;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Origin;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Where the bytes of one blob are at its upstream: where the first answer came from, after redirects. A signed URL that
 * has expired is signed anew, by asking the upstream. Confined to one context.
 */
final class UpstreamBlob implements RemoteBlob.Source {

    private final UpstreamClient client;
    private final Ask ask;
    private @Nullable Target redirected;

    private UpstreamBlob(UpstreamClient client, BlobPull pull) {
        this.client = client;
        this.ask = ask(pull);
    }

    /** A blob of which nothing is open. */
    static Blob unopened(UpstreamClient client, BlobPull pull, OptionalLong size, boolean seekable) {
        return RemoteBlob.unopened(new UpstreamBlob(client, pull), pull.digest(), size, Origin.UPSTREAM, seekable);
    }

    /**
     * A blob whose first bytes wait in {@code part}, which it owns from now on. Only an answer to a range proves that one
     * may start anywhere.
     */
    static Blob opened(UpstreamClient client, BlobPull pull, Arrival reply, BlobPart part) {
        UpstreamBlob source = new UpstreamBlob(client, pull);
        source.remember(reply);
        return RemoteBlob.opened(source, pull.digest(), part, Origin.UPSTREAM, part.ranged());
    }

    static Ask ask(BlobPull pull) {
        return Ask.of(pull.head() ? Ask.Kind.BLOB_HEAD : Ask.Kind.BLOB, pull.repository(), "blobs/" + pull.digest());
    }

    @Override
    public Future<Arrival> ask(String range) {
        Ask ranged = range.startsWith("bytes=0-") ? ask.ranged(range) : ask.more(range);
        Target known = redirected;
        Future<Arrival> answer = known == null
                ? client.open(ranged)
                : client.openAt(ranged, known).recover(e -> {
                    redirected = null;
                    return e instanceof RegistryException refused && !refused.retryable()
                            ? client.open(ranged)
                            : Future.failedFuture(e);
                });
        return answer.onSuccess(this::remember);
    }

    private void remember(Arrival reply) {
        redirected = client.isHome(reply.from()) ? null : reply.from();
    }

    @Override
    public Throwable explain(Throwable failure) {
        return ask.explain(failure);
    }
}
