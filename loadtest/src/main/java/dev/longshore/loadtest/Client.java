package dev.longshore.loadtest;

import io.vertx.core.Deployable;
import io.vertx.core.Future;
import java.util.List;

/** Someone who downloads, in a context of its own: deployed, then started, then done. */
interface Client extends Deployable {

    /** May be called from any thread, once. */
    void start();

    /** All outcomes, when there will be no more. Never fails. */
    Future<List<Outcome>> done();
}
