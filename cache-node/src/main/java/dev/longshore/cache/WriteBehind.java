package dev.longshore.cache;

import dev.longshore.blob.BlobStore;
import dev.longshore.oci.RepositoryLinks;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings to the bucket, behind everyone's back, what lies on the disk: a few uploads side by side, again and again while
 * the bucket is away. The list of what waits is bounded; what does not fit, and what an earlier process left, is found on
 * the disk again, by comparing it with the {@link UploadJournal}. Thread-safe; its state is confined to one context.
 */
final class WriteBehind implements Uploads {

    private static final Logger log = LoggerFactory.getLogger(WriteBehind.class);
    private static final int MOST = 10_000;
    private static final int SIDE_BY_SIDE = 4;
    private static final int BACK_OFF_MILLIS = 200;
    private static final int LONGEST_BACK_OFF_MILLIS = 5_000;

    private final Vertx vertx;
    private final Context context;
    private final WorkerExecutor walker;
    private final BlobStore disk;
    private final RepositoryLinks links;
    private final Bucket bucket;
    private final UploadJournal journal;
    private final UploadJournal.Walk everything;
    private final Set<Upload> waiting = new LinkedHashSet<>();
    private Promise<Void> settled = Promise.promise();
    private int underWay;
    private int failures;
    private long pause = -1;
    private boolean incomplete = true;
    private boolean searching;
    private volatile int pending;

    /** @param everything goes through all on the disk that belongs into the bucket */
    WriteBehind(
            Vertx vertx,
            WorkerExecutor walker,
            BlobStore disk,
            RepositoryLinks links,
            Bucket bucket,
            UploadJournal journal,
            UploadJournal.Walk everything) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.walker = walker;
        this.disk = disk;
        this.links = links;
        this.bucket = bucket;
        this.journal = journal;
        this.everything = everything;
    }

    /** Finds what an earlier process left. */
    void start() {
        context.runOnContext(now -> work());
    }

    @Override
    public void add(Upload upload) {
        context.runOnContext(now -> {
            if (waiting.size() < MOST) {
                waiting.add(upload);
            } else {
                incomplete = true;
            }
            work();
        });
    }

    /** How many things wait, or are on their way; more may lie on the disk when they are very many. */
    int pending() {
        return pending;
    }

    private void work() {
        // One that ends at once comes back here in the middle of the loop.
        while (isReady() && underWay < SIDE_BY_SIDE && !waiting.isEmpty()) {
            Upload upload = waiting.iterator().next();
            waiting.remove(upload);
            underWay++;
            upload.run(disk, links, bucket).compose(done -> note(upload)).onComplete(end -> ended(upload, end));
        }
        pending = waiting.size() + underWay;
        if (isReady() && pending == 0) {
            settle();
        }
    }

    private boolean isReady() {
        return pause < 0 && !searching;
    }

    private Future<Void> note(Upload upload) {
        return walker.executeBlocking(
                () -> {
                    journal.uploaded(upload);
                    return null;
                },
                false);
    }

    private void ended(Upload upload, AsyncResult<Void> end) {
        underWay--;
        if (end.failed()) {
            waiting.add(upload);
            backOff(end.cause());
        } else {
            failures = 0;
        }
        work();
    }

    private void backOff(Throwable cause) {
        if (pause >= 0) {
            return;
        }
        if (failures++ == 0) {
            log.warn("{} things wait for the bucket: {}", waiting.size() + underWay, cause.toString());
        }
        int most = Math.min(LONGEST_BACK_OFF_MILLIS, BACK_OFF_MILLIS << Math.min(failures, 10));
        pause = vertx.setTimer(most / 2 + ThreadLocalRandom.current().nextInt(most / 2), over -> resume());
    }

    private void resume() {
        vertx.cancelTimer(pause);
        pause = -1;
        work();
    }

    private void settle() {
        if (incomplete) {
            search();
        } else {
            settled.complete();
            settled = Promise.promise();
        }
    }

    private void search() {
        searching = true;
        incomplete = false; // what does not fit from now on may lie where the search has been
        walker.executeBlocking(this::missing, false).onComplete(end -> {
            searching = false;
            if (end.succeeded()) {
                incomplete |= end.result().size() == MOST;
                waiting.addAll(end.result());
                work();
            } else {
                incomplete = true;
                log.warn("cannot look for what the bucket has not: {}", String.valueOf(end.cause()));
                backOff(end.cause());
            }
        });
    }

    private List<Upload> missing() throws IOException {
        try {
            List<Upload> missing = journal.missing(everything, MOST);
            if (!missing.isEmpty()) {
                log.info("{} things on the disk are not in the bucket yet", missing.size());
            }
            return missing;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Completes when everything is in the bucket, or {@code patience} is over: the rest is found at the next start. */
    Future<Void> flush(Duration patience) {
        Promise<Void> flushed = Promise.promise();
        context.runOnContext(now -> {
            settled.future().onComplete(flushed);
            resume();
        });
        return flushed.future()
                .timeout(Math.max(1, patience.toMillis()), TimeUnit.MILLISECONDS)
                .recover(late -> {
                    log.warn("{} things are not in the bucket yet: they follow after the next start", pending);
                    return Future.succeededFuture();
                });
    }

    /** Ends it; what is on its way is left to the next process. */
    void close() {
        context.runOnContext(now -> {
            vertx.cancelTimer(pause);
            pause = Long.MAX_VALUE;
        });
        try {
            journal.close();
        } catch (IOException e) {
            log.debug("cannot close the list of uploads: {}", e.toString());
        }
    }
}
