package dev.longshore.s3;

import dev.longshore.oci.Digest;
import java.time.Instant;
import java.util.Map;

/**
 * A blob in the bucket, for who decides whether it stays. Immutable.
 *
 * @param size in bytes
 * @param usedAt when it was last served or, if that is later or nothing else is known, uploaded
 */
record StoredBlob(Digest digest, long size, Instant usedAt) {

    /** The same blob, in the light of when blobs were used. */
    StoredBlob with(Map<Digest, Instant> uses) {
        Instant used = uses.get(digest);
        return used == null || used.isBefore(usedAt) ? this : new StoredBlob(digest, size, used);
    }
}
