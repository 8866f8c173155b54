package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.ResumingBlob;
import dev.longshore.cache.Segments.Segment;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Moves a blob from its source into a {@link GrowingFile}: four segments side by side where the source can be read in
 * parts, the lowest first, and beyond the four one at each offset where a reader waits far ahead; where more wait than
 * there is room for, they take turns. A segment that breaks is resumed at the missing byte; only breaks without progress
 * are counted, and a source that fails for good yields to the next one. When there is no other, what has come is not
 * given up before nothing more has come for half a minute. Confined to the context it was made on, as the sources are.
 */
final class Fetch {

    /** The length of a segment, in bytes. */
    static final long SEGMENT = 16 << 20;

    private static final int SIDE_BY_SIDE = 4;
    private static final int AT_MOST = 16;
    private static final int TURN_MILLIS = 200;
    private static final int BREAKS = 5;
    private static final int BACK_OFF_MILLIS = 50;
    private static final int LONGEST_BACK_OFF_MILLIS = 5_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final Context context;
    private final ResumingBlob.Sources sources;
    private final GrowingFile growing;
    private final Function<Segment, SegmentSink> sinks;
    private final Consumer<Throwable> broken;
    private final Deque<Long> missed = new ArrayDeque<>();
    private Blob source;
    private @Nullable Future<Blob> replacing;
    private final Deque<SegmentSink> underWay = new ArrayDeque<>();
    private boolean turning;
    private boolean closed;

    /**
     * A fetch that has not begun.
     *
     * @param source which it owns from now on
     * @param sources where the blob is found when that fails
     * @param sinks makes the sink that writes a segment
     * @param broken is told when no source is left
     */
    Fetch(
            Vertx vertx,
            Blob source,
            ResumingBlob.Sources sources,
            GrowingFile growing,
            Function<Segment, SegmentSink> sinks,
            Consumer<Throwable> broken) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.source = source;
        this.sources = sources;
        this.growing = growing;
        this.sinks = sinks;
        this.broken = broken;
    }

    /** Begins at {@code offset}, where the source's first answer begins, and then takes what comes first. */
    void start(long offset) {
        take(AT_MOST, () -> growing.at(offset));
        takeNext();
    }

    private void takeNext() {
        while (take(source.seekable() ? SIDE_BY_SIDE : 1, growing::next)) {
            // until enough are under way, or all is asked for
        }
    }

    /** A reader waits at {@code offset}: fetches from there, unless those bytes will be here soon. From any thread. */
    void wanted(long offset) {
        if (source.seekable()) {
            context.runOnContext(now -> {
                missed.add(offset);
                takeMissed();
            });
        }
    }

    /** Those who wait far ahead, first come first served; for whom there is no room, others make it after a while. */
    private void takeMissed() {
        while (!missed.isEmpty() && underWay.size() < AT_MOST) {
            long offset = missed.remove();
            take(AT_MOST, () -> growing.at(offset));
        }
        if (!missed.isEmpty() && !turning) {
            turning = true;
            vertx.setTimer(TURN_MILLIS, over -> {
                turning = false;
                makeRoom();
            });
        }
    }

    /** Stops one for each who still waits, of those that have brought something: first what has been longest under way. */
    private void makeRoom() {
        if (closed) {
            return;
        }
        missed.removeIf(growing::isNear);
        underWay.stream()
                .filter(sink -> !sink.isStopped()
                        && growing.position(sink.segment()) > sink.segment().start())
                .limit(missed.size())
                .forEach(SegmentSink::stop);
        takeMissed();
    }

    private boolean take(int limit, Supplier<Optional<Segment>> choice) {
        Optional<Segment> segment = underWay.size() < limit ? choice.get() : Optional.empty();
        segment.map(sinks).ifPresent(sink -> {
            underWay.add(sink);
            fetch(sink, 0);
        });
        return segment.isPresent();
    }

    private void fetch(SegmentSink sink, int breaks) {
        if (closed) {
            return;
        }
        Segment segment = sink.segment();
        long from = growing.position(segment);
        Blob by = source;
        by.pipeTo(sink, new ByteRange(from, segment.end()))
                // What the sink has been given may still be on its way to the disk, and counts as progress.
                .onComplete(end -> sink.settled().onComplete(still -> ended(sink, by, from, breaks, end)));
    }

    private void ended(SegmentSink sink, Blob by, long from, int breaks, AsyncResult<Void> end) {
        if (closed) {
            return;
        }
        Segment segment = sink.segment();
        if (end.succeeded() && !growing.isSized()) {
            growing.endsWith(segment);
        }
        if (sink.isStopped()) {
            growing.cut(segment);
        }
        if (growing.isComplete(segment)) {
            underWay.remove(sink);
            takeMissed();
            takeNext();
            return;
        }
        Throwable cause = end.failed() ? end.cause() : endedEarly();
        boolean brought = growing.position(segment) > from;
        int without = brought ? 1 : breaks + 1;
        if (cause instanceof IOException || cause instanceof Fill.NoSpace) {
            // Not a source's: the disk's.
            broken.accept(cause);
        } else if (without <= BREAKS && mayPass(cause) && isWorthAnother(cause, brought)) {
            vertx.setTimer(backOff(without), due -> fetch(sink, without));
        } else {
            replace(by, cause, growing.position(segment))
                    .onSuccess(next -> fetch(sink, 0))
                    .onFailure(failure -> await(sink, without, failure));
        }
    }

    /** Whether asking again may help. */
    static boolean mayPass(Throwable cause) {
        return cause instanceof RegistryException known && known.retryable();
    }

    /**
     * A source that never began, has been silent for long, or asks for a pause while others might go on, yields at once;
     * one whose connection died on the way is asked again.
     */
    private boolean isWorthAnother(Throwable cause, boolean brought) {
        OptionalLong still = growing.standstill();
        if (still.isEmpty()) {
            return !(cause instanceof RegistryException known && known.code() == ErrorCode.UPSTREAM_TIMEOUT);
        }
        return pauseFor(cause) == 0 && (brought || still.getAsLong() < PATIENCE.toMillis());
    }

    /** The pause that a source has asked for, in milliseconds. */
    static long pauseFor(Throwable cause) {
        return cause instanceof RegistryException known
                ? known.retryAfter().map(Duration::toMillis).orElse(0L)
                : 0;
    }

    /** There is no other source: what has come is worth a while. */
    private void await(SegmentSink sink, int breaks, Throwable cause) {
        long pause = Math.max(backOff(breaks), pauseFor(cause));
        OptionalLong still = growing.standstill();
        if (mayPass(cause) && still.isPresent() && still.getAsLong() + pause < PATIENCE.toMillis()) {
            vertx.setTimer(pause, due -> fetch(sink, breaks));
        } else {
            broken.accept(cause);
        }
    }

    /** Segments that were under way side by side from a source that fails go over to the same next one. */
    private Future<Blob> replace(Blob failed, Throwable cause, long from) {
        if (source != failed) {
            return Future.succeededFuture(source);
        }
        Future<Blob> underWayAlready = replacing;
        if (underWayAlready != null) {
            return underWayAlready;
        }
        Future<Blob> found = sources.after(failed, cause, from).compose(next -> adopt(failed, next, cause));
        if (!found.isComplete()) {
            replacing = found;
            found.onComplete(done -> replacing = null);
        }
        return found;
    }

    private Future<Blob> adopt(Blob failed, Blob next, Throwable cause) {
        boolean same =
                next.size().isEmpty() || !growing.isSized() || next.size().getAsLong() == growing.size();
        if (closed || !same || !next.seekable()) {
            next.close();
            return Future.failedFuture(cause);
        }
        source = next;
        failed.close();
        return Future.succeededFuture(next);
    }

    /** Lets go of the source; what is being fetched fails. */
    void close() {
        closed = true;
        source.close();
    }

    private static RegistryException endedEarly() {
        return RegistryException.passing(
                ErrorCode.UPSTREAM_UNAVAILABLE, "the upstream sent fewer bytes than it announced", null);
    }

    /** How long to wait, in milliseconds, after so many breaks in a row. */
    static int backOff(int breaks) {
        int most = Math.min(BACK_OFF_MILLIS * breaks * breaks, LONGEST_BACK_OFF_MILLIS);
        return most / 2 + ThreadLocalRandom.current().nextInt(most / 2);
    }
}
