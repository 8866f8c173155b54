package dev.longshore.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open file with the number of its users. It is closed when the last one lets go: a file descriptor that is closed
 * while the kernel still sends from it would, once its number is used again, send another blob's bytes. Thread-safe.
 */
final class BlobFile {

    private final FileChannel channel;
    private final AtomicInteger users = new AtomicInteger(1);

    /** Takes over {@code channel}; the creator is the first user. */
    BlobFile(FileChannel channel) {
        this.channel = channel;
    }

    FileChannel channel() {
        return channel;
    }

    BlobFile retain() {
        if (users.getAndIncrement() <= 0) {
            throw new IllegalStateException("the file is closed");
        }
        return this;
    }

    void release() {
        if (users.decrementAndGet() == 0) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
