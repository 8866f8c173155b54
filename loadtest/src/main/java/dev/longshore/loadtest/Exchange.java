package dev.longshore.loadtest;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One request and how far its answer has come. Thread-safe. */
public final class Exchange {
    private final Request request;
    private final AtomicLong sent = new AtomicLong();
    private volatile int status;
    private volatile String digest = "";
    private volatile long offset;
    private volatile @Nullable Instant firstByteAt;
    private volatile boolean finished;

    Exchange(Request request) {
        this.request = request;
    }

    void answering(Answer answer) {
        digest = answer.body().digest();
        offset = answer.offset();
        status = answer.status();
    }

    /** Counts before the bytes leave, so that a client that has them all finds them counted; taken back on failure. */
    void sending(long bytes) {
        if (firstByteAt == null) {
            firstByteAt = Instant.now();
        }
        sent.addAndGet(bytes);
    }

    void finish() {
        finished = true;
    }

    public Request request() {
        return request;
    }

    /** The status that was sent; 0 as long as there is none. */
    public int status() {
        return status;
    }

    /** The digest of the content that was answered with, also when the request named a tag. */
    public String digest() {
        return digest;
    }

    /** The first byte of the content that was sent. */
    public long offset() {
        return offset;
    }

    /** Bytes of the body handed to the connection so far. */
    public long bytesSent() {
        return sent.get();
    }

    /** When the body began to be sent; null as long as it has not. */
    public @Nullable Instant firstByteAt() {
        return firstByteAt;
    }

    /** Whether no more will be sent. */
    public boolean finished() {
        return finished;
    }

    @Override
    public String toString() {
        return request.method() + " " + request.path() + " "
                + request.header("range").orElse("") + " -> " + status + " +" + sent;
    }
}
