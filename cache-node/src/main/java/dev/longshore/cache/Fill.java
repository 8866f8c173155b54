package dev.longshore.cache;

import dev.longshore.blob.Blob;
import dev.longshore.blob.RangeRequest;
import dev.longshore.http.Contexts;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Origin;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one blob to the disk, once, while any number of {@link Follower}s read it. It belongs to no request: nobody who
 * leaves stops it.
 *
 * <p>{@link Fetch} moves the bytes into a {@link GrowingFile}, which followers read. The hash follows the part without
 * gaps; until it holds, readers do without the last 32 KiB. Then the file is published, and only then the fill is done.
 *
 * <p>Thread-safe.
 */
final class Fill implements GrowingFile.Observer {

    private static final Logger log = LoggerFactory.getLogger(Fill.class);
    private static final int HASH_CHUNK = 128 * 1024;
    private static final long HASH_TURN = 32 << 20;

    private final Vertx vertx;
    private final WorkerExecutor workers;
    private final RepositoryName repository;
    private final Digest digest;
    private final Supply supply;
    private final MessageDigest hasher;
    private final Promise<Void> opened = Promise.promise();
    private final Promise<Void> done = Promise.promise();
    private final AtomicBoolean hashing = new AtomicBoolean();
    private long hashed;
    private @Nullable ByteBuffer chunk;
    private volatile @Nullable Blob source;
    private volatile @Nullable Context sourceContext;
    private volatile @Nullable Fetch fetch;
    private @Nullable Draft draft;
    private @Nullable GrowingFile growing;
    private boolean over;
    private volatile boolean checking;
    private volatile boolean refuted;

    /** The fill that {@code pull} asks for, which has not begun. */
    Fill(Vertx vertx, WorkerExecutor workers, BlobPull pull, Supply supply) {
        this.vertx = vertx;
        this.workers = workers;
        this.repository = pull.repository();
        this.digest = pull.digest();
        this.supply = supply;
        this.hasher = digest.algorithm().hasher();
    }

    /** There is no space for the blob: whoever wants it must read it past the disk. */
    static final class NoSpace extends RuntimeException {
        NoSpace() {
            super("no space on the disk", null, false, false);
        }
    }

    /** Whoever waits for this fill opens the blob anew: it is here, or what lay here for it is of no use. */
    static final class Needless extends RuntimeException {
        Needless() {
            super("to be opened anew", null, false, false);
        }
    }

    /** Checks a file that lies in its place already, which nobody reads before. Blocking, but not for long. */
    void check(Draft foreign) {
        checking = true;
        try {
            long size = foreign.file().channel().size();
            if (begin(foreign, new GrowingFile(vertx, Segments.complete(size), size, this))) {
                grown();
            }
        } catch (IOException e) {
            foreign.file().release();
            fail(instead(foreign, e));
        }
    }

    /**
     * Fetches the blob from where it is to be had.
     *
     * @param start the first byte that is wanted
     * @param expected the size, where the source tells none
     */
    void fetch(long start, DiskBlobStore store, OptionalLong expected) {
        supply.open(RangeRequest.of(start, (start / Fetch.SEGMENT + 1) * Fetch.SEGMENT))
                .compose(blob -> {
                    sourceContext = vertx.getOrCreateContext();
                    source = blob;
                    OptionalLong size = blob.size().isPresent() ? blob.size() : expected;
                    return workers.executeBlocking(
                                    () -> store.drafts().written(digest, size.orElse(Fetch.SEGMENT)), false)
                            .onSuccess(space -> space.ifPresentOrElse(
                                    made -> fetch(blob, made, size, start), () -> fail(new NoSpace())));
                })
                .onFailure(this::fail);
    }

    private void fetch(Blob blob, Draft made, OptionalLong size, long start) {
        GrowingFile file = new GrowingFile(vertx, segments(blob, size), size.orElse(Long.MAX_VALUE), this);
        Fetch moving = new Fetch(
                vertx, blob, supply, file, segment -> new SegmentSink(vertx, made, file, segment, workers), this::fail);
        fetch = moving; // before anybody can join, or what the first of them wait for would be heard by nobody
        if (begin(made, file)) {
            moving.start(blob.seekable() ? start : 0);
            grown();
        } else {
            moving.close();
        }
    }

    private static Segments segments(Blob blob, OptionalLong size) {
        if (size.isEmpty()) {
            return Segments.unbounded();
        }
        return new Segments(size.getAsLong(), blob.seekable() ? Fetch.SEGMENT : Long.MAX_VALUE);
    }

    private boolean begin(Draft made, GrowingFile file) {
        synchronized (this) {
            draft = made;
            growing = file;
            if (over) {
                discard(made);
                return false;
            }
        }
        opened.complete();
        return true;
    }

    /** Completes when {@link #join} may be called. */
    Future<Void> opened() {
        return Contexts.here(vertx, opened.future());
    }

    /** Whether nothing more will come of it: it has failed, or is being published. */
    synchronized boolean isOver() {
        return over;
    }

    /** Whether this fill began for a pull from {@code repository}. */
    boolean isFor(RepositoryName other) {
        return repository.equals(other);
    }

    /** Whether the upstream gives the blob under {@code repository}, which proves that it has it. */
    boolean proves(RepositoryName other) {
        return supply.isUpstream() && isFor(other);
    }

    /** Whether another node may read what comes. */
    boolean mayServePeers() {
        return supply.mayServePeers();
    }

    /** Where the bytes come from, for the one who has asked first. */
    Origin origin() {
        return supply.origin();
    }

    /**
     * A reader of its own; none while the size is not known, when the fill is over, when there is no byte to withhold until
     * the digest holds, and of a file that is checked: then wait for {@link #done}.
     */
    synchronized Optional<Blob> join(Origin origin) {
        if (over || checking || draft == null || growing == null || !growing.isSized() || growing.size() == 0) {
            return Optional.empty();
        }
        return Optional.of(new Follower(digest, growing.size(), origin, draft.file(), new Turns(vertx, growing)));
    }

    /** The size, once it is known. */
    synchronized OptionalLong size() {
        return growing != null && growing.isSized() && !checking
                ? OptionalLong.of(growing.size())
                : OptionalLong.empty();
    }

    /** Completes when the blob is published; fails when it will not be. */
    Future<Void> done() {
        return Contexts.here(vertx, done.future());
    }

    @Override
    public void wanted(long offset) {
        Fetch moving = fetch;
        if (moving != null) {
            moving.wanted(offset);
        }
    }

    @Override
    public void grown() {
        GrowingFile file = growing;
        Draft made = draft;
        if (file != null && made != null && hashing.compareAndSet(false, true)) {
            workers.executeBlocking(() -> hash(made, file), false).onFailure(e -> fail(instead(made, e)));
        }
    }

    /** Hashes what has come since, and decides when that was the last of it. One worker at a time, and not for long. */
    private Void hash(Draft made, GrowingFile file) throws IOException {
        ByteBuffer bytes = chunk == null ? ByteBuffer.allocate(HASH_CHUNK) : chunk;
        chunk = bytes;
        long turn = hashed + HASH_TURN;
        for (long end = Math.min(turn, file.contiguous()); hashed < end; ) {
            bytes.clear().limit((int) Math.min(HASH_CHUNK, end - hashed));
            read(made, bytes);
            hasher.update(bytes.flip());
            hashed += bytes.limit();
        }
        if (hashed == file.size()) {
            decide(made, file);
            return null;
        }
        long sofar = hashed;
        hashing.set(false);
        // What came, or ended, while this was still hashing was told to nobody.
        if (sofar < file.contiguous() || sofar == file.size()) {
            grown();
        }
        return null;
    }

    private void read(Draft made, ByteBuffer bytes) throws IOException {
        if (made.file().channel().read(bytes, hashed) < 0) {
            throw new IOException("the file of " + digest + " has become shorter");
        }
    }

    /** A file that is of no use is no reason not to look elsewhere. */
    private Throwable instead(Draft made, Throwable cause) {
        if (!checking) {
            return cause;
        }
        log.warn("what lies here for {} is of no use: {}", digest, cause.getMessage());
        made.passOver();
        return new Needless();
    }

    private void decide(Draft made, GrowingFile file) {
        if (!digest.hex().equals(HexFormat.of().formatHex(hasher.digest()))) {
            log.warn("what came for {} has another digest: nothing of it is kept", digest);
            supply.distrust();
            refuted = true;
            fail(instead(
                    made,
                    RegistryException.passing(
                            ErrorCode.UPSTREAM_UNAVAILABLE,
                            "the upstream sent bytes that are not those of the digest",
                            null)));
            return;
        }
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
        }
        file.verified();
        closeSource();
        // Linked first: who finds the blob published need not ask the upstream whether this repository has it.
        supply.link()
                .transform(linked -> workers.executeBlocking(() -> publish(made), false))
                .onSuccess(published -> done.complete())
                .onFailure(e -> {
                    log.warn("cannot publish {}: {}", digest, e.toString());
                    discard(made).onComplete(gone -> done.tryFail(instead(made, e)));
                });
    }

    private Draft publish(Draft made) throws IOException {
        made.publish();
        made.file().release();
        return made;
    }

    /** Ends the fill: its readers are cut off, its file is deleted. Does nothing when it is over. */
    void fail(Throwable cause) {
        Draft made;
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            made = draft;
        }
        closeSource();
        if (growing != null) {
            growing.fail(cause);
        }
        opened.tryFail(cause);
        (made == null ? Future.succeededFuture() : discard(made)).onComplete(gone -> done.tryFail(cause));
    }

    private Future<Void> discard(Draft made) {
        return workers.executeBlocking(
                        () -> {
                            made.file().release();
                            if (refuted) {
                                made.refute();
                            } else {
                                made.discard();
                            }
                            return made;
                        },
                        false)
                .onFailure(e -> log.warn("cannot delete what came for {}: {}", digest, e.toString()))
                .mapEmpty();
    }

    private void closeSource() {
        Context context = sourceContext;
        if (context != null) {
            context.runOnContext(now -> {
                Fetch moving = fetch;
                Blob blob = source;
                if (moving != null) {
                    moving.close();
                } else if (blob != null) {
                    blob.close();
                }
            });
        }
    }
}
