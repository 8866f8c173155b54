package dev.longshore.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the documentation is a configuration: every key in it is one. */
final class ContractExampleTest {

    private static final List<String> NOT_YET = List.of("upstreams.docker.io.username", "tls", "auth", "cluster");

    @TempDir
    private Path directory;

    @Test
    void nothingIsWrongWithItButTheFilesThatAreNotThere() throws IOException {
        Path absent = directory.resolve("absent");

        assertThat(problems(example().replace("/etc/longshore", absent.toString())))
                .allSatisfy(problem -> assertThat(problem.kind()).isNotEqualTo(Problem.Kind.INVALID))
                .filteredOn(problem -> problem.kind() == Problem.Kind.MISSING_FILE)
                .extracting(Problem::key)
                .containsExactlyInAnyOrder(
                        "tls.certificate",
                        "tls.key",
                        "tls.client-ca",
                        "auth.htpasswd",
                        "ops.token-file",
                        "upstreams.docker.io.password-file",
                        "upstreams.docker.io.ca",
                        "storage.s3.secret-access-key-file",
                        "cluster.secret-file");
    }

    @Test
    void withItsFilesInPlaceOnlyThisVersionStandsInItsWay() throws IOException {
        for (String name : List.of(
                "tls.crt",
                "tls.key",
                "clients.crt",
                "htpasswd",
                "ops-token",
                "hub-password",
                "upstream-ca.crt",
                "s3-secret",
                "cluster-secret")) {
            Files.writeString(directory.resolve(name), "something");
        }

        assertThat(problems(example().replace("/etc/longshore", directory.toString())))
                .allSatisfy(problem -> assertThat(problem.kind()).isEqualTo(Problem.Kind.UNSUPPORTED))
                .extracting(Problem::key)
                .containsExactlyInAnyOrderElementsOf(NOT_YET);
    }

    private List<Problem> problems(String yaml) throws IOException {
        Path file = Files.writeString(directory.resolve("longshore.yaml"), yaml);
        return catchThrowableOfType(
                        InvalidSettings.class, () -> Settings.load(Role.STANDALONE, file, Map.of(), Flags.NONE))
                .problems();
    }

    private static String example() throws IOException {
        try (InputStream example = ContractExampleTest.class.getResourceAsStream("example.yaml")) {
            return new String(Objects.requireNonNull(example).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
