package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.longshore.config.Secret;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClusterSecretTest {

    private static final Duration LOOK = Duration.ofMillis(20);

    @TempDir
    private Path directory;

    private final Vertx vertx = Vertx.vertx();
    private Path file;
    private ClusterSecret secret;

    @BeforeEach
    void start() throws IOException {
        file = Files.writeString(directory.resolve("secret"), "first\n");
        secret = new ClusterSecret(vertx, List.of(new Secret("first", file)), LOOK);
    }

    @AfterEach
    void stop() {
        RunningMirror.await(vertx.close());
    }

    private void assertKeysStay(String... keys) {
        await().during(LOOK.multipliedBy(10)).untilAsserted(() -> assertKeys(keys));
    }

    private void awaitKeys(String... keys) {
        await().untilAsserted(() -> assertKeys(keys));
    }

    private void assertKeys(String... keys) {
        assertThat(secret.get()).extracting(Secret::value).containsExactly(keys);
    }

    @Test
    void theKeysAreThoseOfTheFileInItsOrderAndWithoutBlankLines() throws IOException {
        Files.writeString(file, "\n  second \n\nfirst\n");

        awaitKeys("second", "first");
        assertThat(secret.get()).allSatisfy(key -> assertThat(key.file()).isEqualTo(file));
    }

    @Test
    void anEmptyFileLeavesTheKeysAsTheyWere() throws IOException {
        Files.writeString(file, " \n\n");

        assertKeysStay("first");
    }

    @Test
    void aFileThatCannotBeReadLeavesThemTooUntilItCan() throws IOException {
        Files.delete(file);
        Files.createDirectory(file);
        assertKeysStay("first");

        Files.delete(file);
        Files.writeString(file, "second\n");
        awaitKeys("second");
    }

    @Test
    void bytesThatAreNoTextLeaveThemToo() throws IOException {
        Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, '\n'});

        assertKeysStay("first");
    }

    @Test
    void aSecretThatWasWrittenOutStaysWhatItIs() {
        ClusterSecret inline = new ClusterSecret(vertx, List.of(Secret.of("inline")), LOOK);

        assertThat(inline.get()).containsExactly(Secret.of("inline"));
    }
}
