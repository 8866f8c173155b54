package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.cache.DiskBudget.Entry;
import dev.longshore.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IndexJournalTest {

    private static final Digest A = Digest.of(new byte[] {1});
    private static final Digest B = Digest.of(new byte[] {2});
    private static final Digest C = Digest.of(new byte[] {3});

    @TempDir
    private Path directory;

    private static Entry entry(long size) {
        return new Entry(size, 1_700_000_000_123L, true);
    }

    private Path file() {
        return directory.resolve("index");
    }

    private Map<Digest, Entry> reopened() throws IOException {
        IndexJournal journal = IndexJournal.open(file());
        try {
            return journal.read();
        } finally {
            journal.close();
        }
    }

    @Test
    void whatWasPublishedAndHasNotGoneIsThereAgainInOrder() throws IOException {
        IndexJournal journal = IndexJournal.open(file());
        journal.published(A, entry(1));
        journal.published(B, entry(2));
        journal.published(C, entry(3));
        journal.gone(B);
        journal.published(A, entry(4));
        journal.close();

        assertThat(reopened()).containsExactly(Map.entry(C, entry(3)), Map.entry(A, entry(4)));
    }

    @Test
    void anIndexThatIsNotThereIsEmpty() throws IOException {
        assertThat(reopened()).isEmpty();
    }

    @Test
    void aTornLineLosesItselfAlone() throws IOException {
        IndexJournal journal = IndexJournal.open(file());
        journal.published(A, entry(1));
        journal.published(B, entry(2));
        journal.close();
        byte[] whole = Files.readAllBytes(file());
        int line = whole.length / 2;
        for (int kept = line; kept < whole.length; kept++) {
            Files.write(file(), Arrays.copyOf(whole, kept));
            assertThat(reopened()).as("%d bytes", kept).containsEntry(A, entry(1));
            assertThat(reopened().getOrDefault(B, entry(2)).size()).isEqualTo(2);
        }
    }

    @Test
    void whatIsWrittenAfterATornLineIsNotLostWithIt() throws IOException {
        IndexJournal journal = IndexJournal.open(file());
        journal.published(A, entry(1));
        journal.close();
        Files.writeString(file(), "sha256:0123", StandardCharsets.ISO_8859_1, StandardOpenOption.APPEND);

        IndexJournal next = IndexJournal.open(file());
        next.published(B, entry(2));
        next.published(C, entry(3));
        next.close();
        assertThat(reopened())
                .containsEntry(A, entry(1))
                .containsEntry(B, entry(2))
                .containsEntry(C, entry(3));
    }

    @Test
    void garbageIsPassedOver() throws IOException {
        Files.write(file(), new byte[] {0, (byte) 0xff, '\n', '\n', ' ', '\n'});
        Files.writeString(file(), A + " x y\n" + B + " 2 1700000000123\n", StandardOpenOption.APPEND);
        assertThat(reopened()).containsExactly(Map.entry(B, entry(2)));
    }

    @Test
    void aRewriteKeepsTheOrderItIsGivenAndLeavesOutWhatIsNotVerified() throws IOException {
        IndexJournal journal = IndexJournal.open(file());
        journal.published(A, entry(1));
        journal.published(B, entry(2));
        Map<Digest, Entry> order = new LinkedHashMap<>();
        order.put(B, entry(2));
        order.put(C, new Entry(3, 0, false));
        order.put(A, entry(1));
        journal.rewrite(() -> order);
        journal.close();

        assertThat(reopened()).containsExactly(Map.entry(B, entry(2)), Map.entry(A, entry(1)));
        assertThat(directory.toFile().list()).containsExactly("index");
    }

    @Test
    void whatComesAndGoesWhileTheOrderIsAskedIsNotLost() throws IOException {
        IndexJournal journal = IndexJournal.open(file());
        journal.published(A, entry(1));
        journal.rewrite(() -> {
            journal.published(B, entry(2));
            journal.gone(A);
            return Map.of(A, entry(1));
        });
        journal.published(C, entry(3));
        journal.close();

        assertThat(reopened()).containsExactly(Map.entry(B, entry(2)), Map.entry(C, entry(3)));
    }
}
