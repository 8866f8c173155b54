package dev.longshore.s3;

import dev.longshore.config.S3Settings.Retention;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One round of cleaning up: what is there, when it was used, what of it goes. Links stay: one whose blob is gone says
 * still which repository has that digest, and the blob is fetched again. It may run twice at once, since a blob that is
 * deleted twice is gone. Confined to the worker that runs it.
 */
final class S3CleanUp {

    private static final Logger log = LoggerFactory.getLogger(S3CleanUp.class);

    private final S3Streams streams;
    private final S3Keys keys;
    private final S3Uses uses;
    private final Retention retention;
    private final Clock clock;

    S3CleanUp(S3Streams streams, S3Keys keys, S3Uses uses, Retention retention, Clock clock) {
        this.streams = streams;
        this.keys = keys;
        this.uses = uses;
        this.retention = retention;
        this.clock = clock;
    }

    /** Blocking, for a second each thousand blobs; deletes nothing when anything cannot be read. */
    void run() {
        Instant now = clock.instant();
        List<StoredBlob> blobs = blobs();
        // After the blobs have been listed, which takes a while: what is used meanwhile stays.
        S3Uses.Known known = uses.read();
        blobs.replaceAll(blob -> blob.with(known.uses()));
        List<StoredBlob> going = Expendable.among(blobs, retention, known.watchedSince(), now);
        log.info(
                "the bucket {} has {}; {} {}, not used since {}",
                streams.bucket(),
                summed(blobs),
                summed(going),
                retention.dryRun() ? "would be deleted" : "are deleted",
                going.isEmpty() ? "-" : going.get(going.size() - 1).usedAt());
        going.forEach(
                blob -> log.debug("{} of {} bytes, not used since {}", blob.digest(), blob.size(), blob.usedAt()));
        if (!retention.dryRun()) {
            Waiting.onEach(going, blob -> streams.delete(keys.blob(blob.digest())), deleted -> {});
        }
        uses.sumUp(known, blobs);
    }

    /** Records of what is there, and nothing else: some 200 bytes each. */
    private List<StoredBlob> blobs() {
        List<StoredBlob> blobs = new ArrayList<>();
        Waiting.on(streams.list(
                keys.blobs(),
                object -> keys.blobAt(object.key())
                        .map(digest -> new StoredBlob(digest, object.size(), object.lastModified()))
                        .ifPresent(blobs::add)));
        return blobs;
    }

    private static String summed(Collection<StoredBlob> blobs) {
        long mebibytes = blobs.stream().mapToLong(StoredBlob::size).sum() >> 20;
        return blobs.size() + " blobs of " + mebibytes + " MiB";
    }
}
