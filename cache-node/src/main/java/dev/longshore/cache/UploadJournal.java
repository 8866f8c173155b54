package dev.longshore.cache;

import dev.longshore.oci.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The list of what has reached the bucket, kept in a text file: a line for each upload, below one that names the bucket.
 * A line that is lost costs an upload that finds its object there. Thread-safe; its methods block.
 */
final class UploadJournal {

    private final Path file;
    private final String title;
    private Writer lines;

    /** What goes through everything that belongs into the bucket. */
    interface Walk {
        void each(Consumer<Upload> visitor) throws IOException;
    }

    private UploadJournal(Path file, String title) throws IOException {
        this.file = file;
        this.title = title;
        this.lines = append(file);
    }

    /** The journal in {@code file}; an empty one when that is another bucket's. */
    static UploadJournal open(Path file, String bucket) throws IOException {
        String title = "# uploaded to " + bucket;
        if (!Files.exists(file) || !title.equals(firstLine(file))) {
            Files.writeString(file, title + "\n");
        }
        UploadJournal journal = new UploadJournal(file, title);
        journal.write("\n"); // What follows a torn line must not be lost with it.
        return journal;
    }

    private static String firstLine(Path file) throws IOException {
        try (Stream<String> text = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            return text.findFirst().orElse("");
        }
    }

    private static Writer append(Path file) throws IOException {
        return Files.newBufferedWriter(
                file, StandardCharsets.ISO_8859_1, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    synchronized void uploaded(Upload upload) throws IOException {
        write(upload + "\n");
    }

    private void write(String line) throws IOException {
        lines.write(line);
        lines.flush();
    }

    /** What {@code all} finds and is not noted here, at most {@code most}; forgets what is not found any more. */
    synchronized List<Upload> missing(Walk all, int most) throws IOException {
        long[] known = fingerprints();
        List<Upload> missing = new ArrayList<>();
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.createDirectories(file.resolveSibling(""));
        Files.writeString(fresh, title + "\n");
        try (Writer kept = append(fresh)) {
            all.each(upload -> {
                if (Arrays.binarySearch(known, fingerprint(upload.toString())) >= 0) {
                    keep(kept, upload);
                } else if (missing.size() < most) {
                    missing.add(upload);
                }
            });
        }
        lines.close();
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        lines = append(file);
        return missing;
    }

    private static void keep(Writer kept, Upload upload) {
        try {
            kept.write(upload + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Millions of lines take eight bytes each. The file may be deleted at any time. */
    private long[] fingerprints() throws IOException {
        if (!Files.exists(file)) {
            return new long[0];
        }
        try (Stream<String> text = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            return text.mapToLong(UploadJournal::fingerprint).sorted().toArray();
        }
    }

    private static long fingerprint(String line) {
        String hash = Digest.of(line.getBytes(StandardCharsets.ISO_8859_1)).hex();
        return Long.parseUnsignedLong(hash, 0, 16, 16);
    }

    synchronized void close() throws IOException {
        lines.close();
    }
}
