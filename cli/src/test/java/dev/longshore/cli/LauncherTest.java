package dev.longshore.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script at the root of a checkout, in a copy of its own, with a JDK and a build that only say how they are called. */
final class LauncherTest {

    @TempDir
    private Path directory;

    private Path home;
    private Path jar;

    @BeforeEach
    void copy() throws IOException {
        home = Files.createDirectories(directory.resolve("a copy"));
        jar = home.resolve("cli/target/longshore/longshore.jar");
        executable(home.resolve("longshore"), Files.readString(Path.of("../longshore")));
        executable(
                home.resolve("mvnw"), "#!/bin/sh\necho built >&2\nmkdir -p cli/target/longshore\n: >" + of(jar) + "\n");
        Files.writeString(home.resolve("pom.xml"), "");
        executable(directory.resolve("jdk/bin/java"), "#!/bin/sh\necho \"runs $*\"\n");
        executable(directory.resolve("jdk/bin/javac"), "#!/bin/sh\n");
        Files.writeString(directory.resolve("jdk/release"), "JAVA_VERSION=\"21.0.1\"\n");
    }

    private String of(Path file) {
        return home.relativize(file).toString();
    }

    private static void executable(Path file, String content) throws IOException {
        Files.createDirectories(requireNonNull(file.getParent()));
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private record Run(int exit, String output) {}

    private Run run() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(home.resolve("longshore").toString(), "standalone");
        builder.environment().put("JAVA_HOME", directory.resolve("jdk").toString());
        builder.environment().remove("LONGSHORE_JAVA_OPTS");
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Run(process.waitFor(), output);
    }

    /** The jar, older than every source. */
    private void build() throws IOException {
        Files.createDirectories(requireNonNull(jar.getParent()));
        Files.writeString(jar, "");
        Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));
    }

    /** For everybody, root too: what is to be a file is a directory. */
    private void forbidWriting() throws IOException {
        Files.createDirectories(home.resolve("cli/target/.building"));
    }

    @Test
    void aCheckoutIsBuiltWhenASourceIsNewerAndPreparedForItsJdk() throws Exception {
        build();
        Run first = run();
        Run second = run();

        assertThat(first.output)
                .startsWith("longshore: building")
                .contains("built\n", "runs ", "-jar " + jar + " standalone");
        assertThat(second.output).startsWith("runs ");
        assertThat(home.resolve("cli/target/longshore")).isDirectoryContaining("glob:**.jsa");
    }

    @Test
    void aCopyThatNobodyMayWriteRunsAsItWasBuilt() throws Exception {
        build();
        forbidWriting();
        Run run = run();

        assertThat(run.output)
                .startsWith("runs ")
                .contains("-jar " + jar + " standalone")
                .hasLineCount(1);
        assertThat(run.exit).isZero();
    }

    @Test
    void aCopyThatNobodyMayWriteSaysWhenNothingIsBuilt() throws Exception {
        forbidWriting();
        Run run = run();

        assertThat(run.output)
                .startsWith("longshore: nothing is built here, and ")
                .hasLineCount(1);
        assertThat(run.exit).isEqualTo(1);
    }
}
