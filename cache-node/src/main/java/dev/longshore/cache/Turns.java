package dev.longshore.cache;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

/**
 * How one reader of a growing file takes turns with the others on its event loop: the first turn is short, so that all
 * have their first byte soon, later ones are longer, and in between it is the others' turn. Confined to one context.
 */
final class Turns implements Follower.Growth {

    private static final long FIRST = 16 * 1024;
    private static final long LONGEST = 256 * 1024;

    private final Vertx vertx;
    private final Follower.Growth growth;
    private long turn = FIRST / 2;

    Turns(Vertx vertx, Follower.Growth growth) {
        this.vertx = vertx;
        this.growth = growth;
    }

    @Override
    public Future<Long> readableFrom(long offset) {
        turn = Math.min(turn * 2, LONGEST);
        long end = offset + turn;
        Future<Long> readable = growth.readableFrom(offset).map(until -> Math.min(until, end));
        return readable.succeeded() && turn > FIRST ? afterOthers(readable) : readable;
    }

    private Future<Long> afterOthers(Future<Long> readable) {
        Promise<Long> later = Promise.promise();
        vertx.getOrCreateContext().runOnContext(now -> readable.onComplete(later));
        return later.future();
    }
}
