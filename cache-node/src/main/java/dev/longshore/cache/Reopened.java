package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.ResumingBlob;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Where a blob that flows past the disk continues when its source breaks: at the next source; and at the upstream once
 * more, as a fill would, until that has broken several times without a byte in between. Confined to one context.
 */
final class Reopened implements ResumingBlob.Sources {

    private static final int BREAKS = 5;

    private final Vertx vertx;
    private final Supply supply;
    private long reached = -1;
    private int breaks;

    Reopened(Vertx vertx, Supply supply) {
        this.vertx = vertx;
        this.supply = supply;
    }

    @Override
    public Future<Blob> after(Blob failed, Throwable cause, long from) {
        return supply.after(failed, cause, from)
                .recover(end -> supply.isUpstream() ? again(cause, from) : Future.failedFuture(end));
    }

    private Future<Blob> again(Throwable cause, long from) {
        breaks = from > reached ? 1 : breaks + 1;
        reached = Math.max(reached, from);
        boolean silent = cause instanceof RegistryException known && known.code() == ErrorCode.UPSTREAM_TIMEOUT;
        if (!Fetch.mayPass(cause) || Fetch.pauseFor(cause) > 0 || breaks > (silent ? 1 : BREAKS)) {
            return Future.failedFuture(cause);
        }
        return vertx.timer(Fetch.backOff(breaks)).compose(due -> supply.again(from));
    }
}
