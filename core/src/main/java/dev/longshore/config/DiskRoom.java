package dev.longshore.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

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
        } catch (IOException | UncheckedIOException e) {
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
        try (Stream<Path> files = Files.walk(directory)) {
            return files.map(Path::toFile)
                    .mapToLong(file -> file.isFile() ? file.length() : 0)
                    .sum();
        }
    }
}
