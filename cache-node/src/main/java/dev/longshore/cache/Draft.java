package dev.longshore.cache;

import java.io.IOException;

/** A blob that is being written, or checked, and that nobody can open yet. Its methods block. */
abstract class Draft {

    private final BlobFile file;

    Draft(BlobFile file) {
        this.file = file;
    }

    /** The open file, of which the caller of {@link Drafts} is a user until it ends the draft. */
    BlobFile file() {
        return file;
    }

    /** Makes sure that the file may grow to {@code size}, or there is {@link Fill.NoSpace}; called before bytes are written. */
    abstract void room(long size);

    /** Notes that {@code bytes} more are written. */
    abstract void written(long bytes);

    /** Notes that the file is of no use: whoever wants the blob must look elsewhere. */
    void passOver() {}

    /** Makes the blob visible; its bytes have been verified. */
    abstract void publish() throws IOException;

    /** Lets go of it: deletes what was written for it. */
    abstract void discard() throws IOException;

    /** Deletes it, whoever has put it there: its bytes are not those of its digest. */
    void refute() throws IOException {
        discard();
    }
}
