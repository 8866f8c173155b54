package dev.longshore.cache;

import dev.longshore.cache.DiskBudget.Entry;
import dev.longshore.oci.Digest;
import dev.longshore.oci.RegistryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The list of blobs that this node has published, kept in a text file: a line for each that came or went, rewritten now
 * and then with the least recently used first. A blob stands in it only after its bytes are on the disk, so that what it
 * names need not be hashed again; a torn last line loses that knowledge, never more. Thread-safe.
 */
final class IndexJournal {

    private static final Logger log = LoggerFactory.getLogger(IndexJournal.class);

    private final Path file;
    private final StringBuilder sinceRewrite = new StringBuilder();
    private FileChannel lines;
    private boolean rewriting;

    private IndexJournal(Path file) throws IOException {
        this.file = file;
        this.lines = append(file);
    }

    static IndexJournal open(Path file) throws IOException {
        IndexJournal journal = new IndexJournal(file);
        journal.note("\n"); // What follows a torn line must not be lost with it.
        return journal;
    }

    /** What was published and has not gone, least recently used first. */
    synchronized Map<Digest, Entry> read() throws IOException {
        Map<Digest, Entry> entries = new LinkedHashMap<>();
        try (Stream<String> text = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            text.forEach(line -> apply(line, entries));
        }
        return entries;
    }

    private static void apply(String line, Map<Digest, Entry> entries) {
        String[] words = line.split(" ", -1);
        try {
            Digest digest = Digest.parse(words[0]);
            entries.remove(digest);
            if (words.length == 3) {
                entries.put(digest, new Entry(Long.parseLong(words[1]), Long.parseLong(words[2]), true));
            }
        } catch (RegistryException | NumberFormatException e) {
            log.debug("passed over a torn line of the index");
        }
    }

    synchronized void published(Digest digest, Entry entry) {
        note(line(digest, entry));
    }

    synchronized void gone(Digest digest) {
        note(digest + "\n");
    }

    private void note(String line) {
        write(lines, line);
        if (rewriting) {
            sinceRewrite.append(line);
        }
    }

    /** Replaces the whole list by what {@code order} gives, and by what comes and goes while it is asked. */
    void rewrite(Supplier<Map<Digest, Entry>> order) throws IOException {
        synchronized (this) {
            rewriting = true;
            sinceRewrite.setLength(0);
        }
        StringBuilder text = new StringBuilder();
        // Not under the lock: the one who gives the order may be waiting for a note of its own.
        order.get().forEach((digest, entry) -> {
            if (entry.verified()) {
                text.append(line(digest, entry));
            }
        });
        synchronized (this) {
            rewriting = false;
            replace(text.append(sinceRewrite).toString());
        }
    }

    private void replace(String text) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        FileChannel next = append(fresh);
        write(next, text);
        next.force(true);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        lines.close();
        lines = next;
    }

    private static FileChannel append(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static String line(Digest digest, Entry entry) {
        return digest + " " + entry.size() + " " + entry.modified() + "\n";
    }

    private static void write(FileChannel channel, String text) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized void close() throws IOException {
        lines.close();
    }
}
