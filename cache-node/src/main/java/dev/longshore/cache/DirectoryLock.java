package dev.longshore.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Keeps other processes out of a storage directory while this one uses it; a crash lets go of it. Thread-safe. */
final class DirectoryLock {

    private final FileChannel file;

    private DirectoryLock(FileChannel file) {
        this.file = file;
    }

    /** Takes the lock; throws with a message for the operator when that cannot be done. */
    static DirectoryLock take(Layout layout) throws IOException {
        FileChannel file;
        try {
            Files.createDirectories(layout.fills());
            file = FileChannel.open(layout.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException("cannot write to the storage directory " + layout.root() + ": " + reason(e), e);
        }
        if (lock(file) == null) {
            file.close();
            throw new IOException("the storage directory " + layout.root() + " is in use by another process");
        }
        return new DirectoryLock(file);
    }

    private static String reason(IOException refused) {
        if (refused instanceof AccessDeniedException denied) {
            return "the user " + System.getProperty("user.name") + " may not write to " + denied.getFile();
        }
        return String.valueOf(refused.getMessage());
    }

    private static @Nullable FileLock lock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    void release() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
