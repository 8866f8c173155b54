package dev.longshore.oci;

/**
 * Who asks. Immutable.
 *
 * @param address the client's address, without its port
 * @param peer whether a cache node asks for itself: it is answered from what is here, and nobody else is asked for it
 */
public record Caller(String address, boolean peer) {

    /** A client, or a gateway on its behalf. */
    public static Caller client(String address) {
        return new Caller(address, false);
    }

    /** A cache node, or who asks one as such, on behalf of the same client. */
    public Caller asPeer() {
        return new Caller(address, true);
    }
}
