package dev.longshore.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;

/** The way back to one's own context from a future that many wait for. */
public final class Contexts {

    private Contexts() {}

    /** The same result, on the context of who calls this. */
    public static <T> Future<T> here(Vertx vertx, Future<T> elsewhere) {
        Promise<T> here = ((ContextInternal) vertx.getOrCreateContext()).promise();
        elsewhere.onComplete(here);
        return here.future();
    }
}
