package dev.longshore.http;

import dev.longshore.oci.Caller;
import io.vertx.core.http.HttpServerRequest;

/** Who may come in, and as whom: judged by the head of a request alone, before anything else is. Thread-safe. */
public interface Door {

    /** Everybody, each by the address of the connection. */
    Door OPEN = request -> Guest.of(Caller.client(request.remoteAddress().hostAddress()));

    /** Lets the one who asks in, or throws a {@link dev.longshore.oci.RegistryException}. */
    Guest admit(HttpServerRequest request);

    /**
     * Somebody who was let in. Immutable.
     *
     * @param inner whether it is one of us, who is told where an answer was read and for how long it holds
     */
    record Guest(Caller caller, boolean inner) {

        /** One from outside. */
        public static Guest of(Caller caller) {
            return new Guest(caller, false);
        }
    }
}
