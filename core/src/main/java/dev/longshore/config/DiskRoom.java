package dev.longshore.config;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.atomic.AtomicLong;

/** How much a cache directory could hold: what is free on its disk and what the cache holds already. Immutable. */
final class DiskRoom {

    /** With this much free nobody asks what is held: a large cache takes long to walk. */
    private static final DataSize PLENTY = DataSize.ofGiB(100);

    private DiskRoom() {}

    /** In bytes; {@code directory} need not exist yet. */
    static long of(Path directory) {
        try {
            long free = free(directory.toAbsolutePath());
            return free >= PLENTY.bytes() ? free : free + held(directory);
        } catch (IOException e) {
            // The start fails on such a directory with a better message than a budget could give.
            return PLENTY.bytes();
        }
    }

    private static long free(Path directory) throws IOException {
        Path existing = directory;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        return Files.getFileStore(existing).getUsableSpace();
    }

    private static long held(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return 0;
        }
        AtomicLong held = new AtomicLong();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                held.addAndGet(attributes.isRegularFile() ? attributes.size() : 0);
                return FileVisitResult.CONTINUE;
            }

            /** Of a folder that is not ours, such as lost+found, or a file that has gone meanwhile. */
            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                return FileVisitResult.CONTINUE;
            }
        });
        return held.get();
    }
}
