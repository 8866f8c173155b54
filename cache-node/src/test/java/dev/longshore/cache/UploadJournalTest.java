package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UploadJournalTest {

    @TempDir
    private Path directory;

    private final Upload first = new Upload.OfBlob(Digest.of(new byte[] {1}));
    private final Upload second = new Upload.OfBlob(Digest.of(new byte[] {2}));

    private List<Upload> missing(UploadJournal journal) throws IOException {
        return journal.missing(
                visitor -> {
                    visitor.accept(first);
                    visitor.accept(second);
                },
                10);
    }

    @Test
    void whatIsNotedIsNotMissing() throws IOException {
        UploadJournal journal = UploadJournal.open(directory.resolve("uploaded"), "a");
        journal.uploaded(first);

        assertThat(missing(journal)).containsExactly(second);
        journal.close();
    }

    @Test
    void withoutItsFolderEverythingIsMissingAndIsNotedAnew() throws IOException {
        Path own = Files.createDirectory(directory.resolve("longshore"));
        UploadJournal journal = UploadJournal.open(own.resolve("uploaded"), "a");
        journal.uploaded(first);
        Files.delete(own.resolve("uploaded"));
        Files.delete(own);

        assertThat(missing(journal)).containsExactly(first, second);
        journal.uploaded(second);
        assertThat(missing(journal)).containsExactly(first);
        journal.close();
    }
}
