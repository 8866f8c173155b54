package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.FreePorts;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class CommandTest {

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "--version",
                "standalone --help",
                "config check --help",
                "clients --help",
                "warm --help",
                "purge --help",
                "status --help",
                "loadtest --help",
                "standalone --version",
                "config check --version",
                "gateway --version",
                "loadtest herd --version"
            })
    void helpIsNoFailure(String arguments) {
        assertThat(run(arguments.split(" "))).isZero();
        assertThat(out.toString()).isNotBlank();
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sail",
                "config",
                "config check",
                "clients",
                "clients telnet",
                "warm",
                "purge --dry-run",
                "status --ops nowhere",
                "clients docker --mirror nowhere",
                "standalone --upstream docker.io",
                "standalone --port 5000",
                "loadtest herd --repository a --digest b"
            })
    void wrongUsageIsTwo(String arguments) {
        assertThat(run(arguments.isEmpty() ? new String[0] : arguments.split(" ")))
                .isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).isNotBlank();
    }

    @Test
    void aRightConfigurationIsZero() throws IOException {
        Path file = write("listen: 127.0.0.1:5000");

        assertThat(run("config", "check", file.toString())).isZero();
        assertThat(out).hasToString(file + ": nothing is wrong\n");
    }

    @Test
    void everyProblemIsALineAndTheyAreOne() throws IOException {
        Path file = write("listne: 127.0.0.1:5000\nstorage: {capacity: 1}\ntls:");

        assertThat(run("config", "check", file.toString())).isEqualTo(1);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().lines())
                .allMatch(line -> line.startsWith("longshore: "))
                .anyMatch(line -> line.contains("listne: is not a key that there is; did you mean listen? (line 1)"))
                .anyMatch(line -> line.contains("storage.capacity"))
                .anyMatch(line -> line.contains("tls: not supported by this version yet"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "standalone",
                "config print",
                "config check",
                "clients docker",
                "status",
                "loadtest herd --repository a --digest b"
            })
    void everyCommandRefusesAFileThatIsNotThere(String command) {
        Path absent = directory.resolve("absent.yaml");

        assertThat(run((command + " --config " + absent).split(" "))).isEqualTo(1);
        assertThat(err).hasToString("longshore: " + absent + ": is not there\n");
    }

    @Test
    void standaloneRefusesWhatItsFlagsGetWrong() {
        assertThat(run("standalone", "--listen", "5000", "--upstream", "ghcr.io=ghcr.io"))
                .isEqualTo(1);
        assertThat(err.toString().lines())
                .containsExactly(
                        "longshore: listen: \"5000\" is not an address such as 0.0.0.0:5000 (command line)",
                        "longshore: upstreams.ghcr.io.url:"
                                + " is not a URL such as https://registry.example.com:5000 (command line)");
    }

    @Test
    void theEffectiveConfigurationHasItsDefaultsAndNoSecrets() throws IOException {
        Path file = write("{listen: 127.0.0.1:5000, upstreams: {a.io: {username: me, password: hush}}}");

        assertThat(run("config", "print", "--config", file.toString())).isZero();
        assertThat(out.toString())
                .contains("a.io:", "tag-ttl: 1m", "username: me")
                .doesNotContain("hush");
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "warm alpine", "purge alpine"})
    void whoAsksAMirrorThatDoesNotRunIsToldSo(String command) {
        int nobodys = FreePorts.find();

        assertThat(run((command + " --ops 127.0.0.1:" + nobodys).split(" "))).isEqualTo(1);
        assertThat(err)
                .hasToString("longshore: no mirror answers operators at 127.0.0.1:" + nobodys
                        + ": is it running? --ops says where\n");
    }

    @Test
    void aLoadGoesToTheMirrorOfAConfiguration() throws IOException {
        try (FakeRegistry registry = FakeRegistry.start()) {
            String digest = registry.content().putGenerated("org/app", 1, 1000);
            Path file = write("listen: " + URI.create(registry.url()).getAuthority());

            String[] herd = {
                "loadtest", "herd", "--config", file.toString(), "--repository", "org/app", "--digest", digest
            };
            assertThat(run(herd)).isZero();
            assertThat(registry.log().bytesSent(digest)).isGreaterThanOrEqualTo(1000);
        }
    }

    private Path write(String yaml) throws IOException {
        return Files.writeString(directory.resolve("longshore.yaml"), yaml);
    }

    private int run(String... arguments) {
        CommandLine command = Longshore.commandLine();
        return command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(arguments);
    }
}
