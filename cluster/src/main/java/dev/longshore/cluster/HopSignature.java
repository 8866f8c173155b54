package dev.longshore.cluster;

import dev.longshore.oci.Caller;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Who sends a request to a node, and for which client: {@code v1 <unix-seconds> <gateway|peer> <client-address> <hex
 * HMAC>}. It binds method, path, query and time, so that who overhears one can do no more with it than repeat the same
 * question for a few minutes. Thread-safe.
 */
public final class HopSignature {

    /** How far the clocks of two machines, and the way between them, may be apart. */
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    private static final String VERSION = "v1";
    private static final String GATEWAY = "gateway";
    private static final String PEER = "peer";

    private final ClusterKeys keys;
    private final InstantSource clock;

    public HopSignature(ClusterKeys keys, InstantSource clock) {
        this.keys = keys;
        this.clock = clock;
    }

    /**
     * The header's value.
     *
     * @param uri path and query, as they are sent
     */
    public String sign(HttpMethod method, String uri, Caller caller) {
        String role = caller.peer() ? PEER : GATEWAY;
        String seconds = Long.toString(clock.instant().getEpochSecond());
        String signature = keys.sign(text(method, uri, seconds, role, caller.address()));
        return String.join(" ", VERSION, seconds, role, caller.address(), signature);
    }

    /** Who asks; throws {@link ErrorCode#DENIED} when {@code header} is not a signature of this request, made lately. */
    public Caller verify(HttpMethod method, String uri, String header) {
        String[] parts = header.split(" ", 6);
        if (parts.length != 5
                || !parts[0].equals(VERSION)
                || !parts[2].equals(GATEWAY) && !parts[2].equals(PEER)
                || !keys.verify(text(method, uri, parts[1], parts[2], parts[3]), parts[4])) {
            throw new RegistryException(ErrorCode.DENIED, "the hop is not signed with a key of this cluster");
        }
        // What is signed was written by one of us, so it is a number.
        long age = clock.instant().getEpochSecond() - Long.parseLong(parts[1]);
        if (Math.abs(age) > TOLERANCE.toSeconds()) {
            throw new RegistryException(
                    ErrorCode.DENIED,
                    "the clock that signed the hop and this node's are " + Math.abs(age) + " s apart");
        }
        return new Caller(parts[3], parts[2].equals(PEER));
    }

    private static String text(HttpMethod method, String uri, String seconds, String role, String address) {
        return String.join("\n", VERSION, method.name(), uri, seconds, role, address);
    }
}
