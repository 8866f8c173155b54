package dev.longshore.cache;

import dev.longshore.blob.RangeRequest;
import dev.longshore.http.SingleFlight;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Link;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryLinks;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Whether a repository may serve a blob that lies here because of another one: known by a link, else by one {@code HEAD}
 * to the upstream under that repository, which is remembered. Where the upstream cannot answer that properly, the first
 * byte is asked for, but not for a client's own {@code HEAD}. Thread-safe.
 */
final class Entitlement {

    private final RepositoryLinks links;
    private final Registry upstream;
    private final SingleFlight<Key, Void> proofs;

    private record Key(RepositoryName repository, Digest digest, boolean head) {}

    Entitlement(Vertx vertx, RepositoryLinks links, Registry upstream) {
        this.proofs = new SingleFlight<>(vertx);
        this.links = links;
        this.upstream = upstream;
    }

    /** Completes when the repository has the blob; otherwise fails as the upstream answers. */
    Future<Void> check(BlobPull pull) {
        return links.has(Link.layer(pull.repository(), pull.digest()))
                .compose(linked -> linked ? Future.succeededFuture() : ask(pull));
    }

    private Future<Void> ask(BlobPull pull) {
        return proof(pull.asHead())
                .recover(failure -> !pull.head() && RegistryException.isImproper(failure)
                        ? proof(pull.of(RangeRequest.of(0, 1)))
                        : Future.failedFuture(failure));
    }

    private Future<Void> proof(BlobPull question) {
        Key key = new Key(question.repository(), question.digest(), question.head());
        return proofs.join(
                        key,
                        () -> upstream.blob(question).compose(found -> {
                            found.close();
                            return grant(question);
                        }))
                .answer();
    }

    /** Notes that the upstream gave the blob under that repository. */
    Future<Void> grant(BlobPull pull) {
        return links.add(Link.layer(pull.repository(), pull.digest()));
    }
}
