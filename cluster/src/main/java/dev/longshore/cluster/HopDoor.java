package dev.longshore.cluster;

import dev.longshore.http.Door;
import dev.longshore.oci.Caller;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;

/**
 * The door of a cache node: lets in hops that the cluster signed, and anybody who has a signed address of one blob. A
 * signature costs a few microseconds, and nothing else is done for who has none. Thread-safe.
 */
public final class HopDoor implements Door {

    /** Said with each request of one process of the cluster to another; and, in the answer, why that was refused. */
    static final String HEADER = "Longshore-Hop";

    /** Names of nodes that whoever asks has found silent. */
    static final String AVOIDED = "Longshore-Avoided";

    private final HopSignature hops;
    private final BlobUrls urls;
    private final Avoided avoided;

    /** @param avoided learns whom others avoid */
    public HopDoor(HopSignature hops, BlobUrls urls, Avoided avoided) {
        this.hops = hops;
        this.urls = urls;
        this.avoided = avoided;
    }

    @Override
    public Guest admit(HttpServerRequest request) {
        String header = request.getHeader(HEADER);
        if (header != null) {
            Caller caller = caller(request, header);
            Optional.ofNullable(request.getHeader(AVOIDED)).ifPresent(avoided::told);
            return new Guest(caller, true);
        }
        if (isRead(request) && hasSignedAddress(request)) {
            return Guest.of(Caller.client(request.remoteAddress().hostAddress()));
        }
        throw new RegistryException(ErrorCode.DENIED, "a cache node answers its cluster only");
    }

    /** An upstream refuses as well: whoever asks must be able to tell that from a quarrel among ourselves. */
    private Caller caller(HttpServerRequest request, String header) {
        try {
            return hops.verify(request.method(), request.uri(), header);
        } catch (RegistryException refusal) {
            request.response().putHeader(HEADER, refusal.getMessage());
            throw refusal;
        }
    }

    private boolean hasSignedAddress(HttpServerRequest request) {
        String path = request.path();
        String query = request.query();
        return path != null && query != null && urls.admits(path, query);
    }

    private static boolean isRead(HttpServerRequest request) {
        return request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
    }
}
