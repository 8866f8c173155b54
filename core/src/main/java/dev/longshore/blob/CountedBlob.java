package dev.longshore.blob;

/** A blob that somebody counts for as long as it is open. Confined to one context. */
public final class CountedBlob implements WrappedBlob {

    private final Blob source;
    private final Runnable over;
    private boolean closed;

    /** @param over run once, when the blob is closed */
    public CountedBlob(Blob source, Runnable over) {
        this.source = source;
        this.over = over;
    }

    @Override
    public Blob source() {
        return source;
    }

    @Override
    public void close() {
        source.close();
        if (!closed) {
            closed = true;
            over.run();
        }
    }
}
