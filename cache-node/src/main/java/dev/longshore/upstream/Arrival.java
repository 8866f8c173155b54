package dev.longshore.upstream;

import dev.longshore.http.Reply;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientResponse;
import java.time.Duration;

/** An answer, and who gave it, after redirects. Confined to one context. */
final class Arrival extends Reply {

    private final Target from;

    Arrival(Vertx vertx, HttpClientResponse response, Target from, Duration idle) {
        super(vertx, response, idle);
        this.from = from;
    }

    Target from() {
        return from;
    }

    /** Lets the answer hold {@code permit} until its body is over. */
    Arrival holding(Permits.Permit permit) {
        over().onComplete(v -> permit.release());
        return this;
    }
}
