package dev.longshore.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.longshore.oci.RepositoryPattern;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the environment and the command line say goes above what the file says. */
final class OverlayTest {

    @TempDir
    private Path directory;

    @Test
    void aVariableReplacesAValueOfTheFile() throws Exception {
        Settings settings = load("listen: 127.0.0.1:1", Map.of("LONGSHORE_LISTEN", "127.0.0.1:2"), Flags.NONE);

        assertThat(settings.listen()).isEqualTo(new Listen("127.0.0.1", 2));
    }

    @Test
    void aVariableReachesAnUpstreamOfTheDefaults() throws Exception {
        Settings settings = load("", Map.of("LONGSHORE_UPSTREAMS_DOCKER_IO_TAG_TTL", "5m"), Flags.NONE);

        assertThat(upstream(settings, "docker.io").tagTtl()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void aPortAndADashAreUnderscores() throws Exception {
        Settings settings = load(
                "upstreams: {my-registry.local:5000: }",
                Map.of("LONGSHORE_UPSTREAMS_MY_REGISTRY_LOCAL_5000_URL", "http://127.0.0.1:5000"),
                Flags.NONE);

        assertThat(upstream(settings, "my-registry.local:5000").url()).hasToString("http://127.0.0.1:5000");
    }

    @Test
    void aListIsSeparatedByCommas() throws Exception {
        Settings settings = load("", Map.of("LONGSHORE_UPSTREAMS_GHCR_IO_REPOSITORIES", "a/*, b/**"), Flags.NONE);

        assertThat(upstream(settings, "ghcr.io").repositories())
                .isEqualTo(List.of(RepositoryPattern.parse("a/*"), RepositoryPattern.parse("b/**")));
    }

    @Test
    void aVariableAddsNoUpstream() {
        assertThat(problems("", Map.of("LONGSHORE_UPSTREAMS_EXAMPLE_COM_URL", "https://example.com")))
                .singleElement()
                .asString()
                .startsWith("LONGSHORE_UPSTREAMS_EXAMPLE_COM_URL: sets no key that there is");
    }

    @Test
    void aVariableOpensASectionThatTheFileDoesNotHave() {
        assertThat(problems("", Map.of("LONGSHORE_STORAGE_S3_REGION", "eu-central-1")))
                .containsExactly("storage.s3.bucket: is missing");
    }

    @Test
    void aVariableNamesTheFileOfASecret() throws Exception {
        Path file = Files.writeString(directory.resolve("password"), "open sesame");

        Settings settings = load(
                "{listen: 127.0.0.1:1, upstreams: {ghcr.io: {username: someone}}}",
                Map.of("LONGSHORE_UPSTREAMS_GHCR_IO_PASSWORD_FILE", file.toString()),
                Flags.NONE);

        assertThat(upstream(settings, "ghcr.io").credentials())
                .isEqualTo(new Credentials("someone", new Secret("open sesame", file)));
    }

    @Test
    void aSecretAndTheFileOfItAreOneTooMany() throws Exception {
        Path file = Files.writeString(directory.resolve("password"), "open sesame");

        assertThat(problems(
                        "{listen: 127.0.0.1:1, upstreams: {ghcr.io: {username: someone, password: hello}}}",
                        Map.of("LONGSHORE_UPSTREAMS_GHCR_IO_PASSWORD_FILE", file.toString())))
                .containsExactly("upstreams.ghcr.io.password-file: cannot be set together with password"
                        + " (LONGSHORE_UPSTREAMS_GHCR_IO_PASSWORD_FILE)");
    }

    @Test
    void aWrongValueIsToldWithItsVariable() {
        assertThat(problems("", Map.of("LONGSHORE_DRAIN_TIMEOUT", "soon")))
                .containsExactly("drain-timeout: \"soon\" is not a duration such as 90s (ms, s, m, h, d)"
                        + " (LONGSHORE_DRAIN_TIMEOUT)");
    }

    @Test
    void aMistypedVariableIsNotIgnored() {
        assertThat(problems("", Map.of("LONGSHORE_LISTEM", "127.0.0.1:1")))
                .containsExactly(
                        "LONGSHORE_LISTEM: sets no key that there is; did you mean LONGSHORE_LISTEN? (environment)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"LONGSHORE_PORT", "LONGSHORE_OPS_PORT", "LONGSHORE_LISTEN_PORT"})
    void aPortIsNoServiceOfKubernetes(String name) {
        assertThat(problems("", Map.of(name, "6000")))
                .singleElement()
                .asString()
                .startsWith(name + ": sets no key that there is");
    }

    @Test
    void aVariableOfTwoMeaningsIsRefused() {
        assertThat(problems("upstreams: {a-b.io: {}, a.b.io: {}}", Map.of("LONGSHORE_UPSTREAMS_A_B_IO_TAG_TTL", "1s")))
                .singleElement()
                .asString()
                .contains("upstreams.a-b.io.tag-ttl", "upstreams.a.b.io.tag-ttl");
    }

    @Test
    void variablesOfTheLauncherAndOfKubernetesAreLeftAlone() throws Exception {
        Map<String, String> environment = Map.of(
                "LONGSHORE_JAVA_OPTS", "-Xmx1g",
                "LONGSHORE_SERVICE_HOST", "10.0.0.1",
                "LONGSHORE_PORT", "tcp://10.0.0.1:5000",
                "LONGSHORE_PORT_5000_TCP_ADDR", "10.0.0.1",
                "LONGSHORE_CACHE_NODE_SERVICE_PORT_REGISTRY", "5100",
                "PATH", "/bin");

        String yaml = "storage: {capacity: 1GiB}"; // the default is a share of what is free at that moment
        assertThat(load(yaml, environment, Flags.NONE)).isEqualTo(load(yaml, Map.of(), Flags.NONE));
    }

    @Test
    void theCommandLineIsAboveTheEnvironment() throws Exception {
        Flags flags = new Flags(Map.of("listen", "127.0.0.1:3"), Map.of());

        Settings settings = load("listen: 127.0.0.1:1", Map.of("LONGSHORE_LISTEN", "127.0.0.1:2"), flags);

        assertThat(settings.listen()).isEqualTo(new Listen("127.0.0.1", 3));
    }

    @Test
    void theCommandLineAddsUpstreamsAndMovesThem() throws Exception {
        Flags flags = new Flags(
                Map.of(), Map.of("example.com", "http://127.0.0.1:1", "index.docker.io", "http://127.0.0.1:2"));

        Settings settings = load("", Map.of(), flags);

        assertThat(settings.upstreams()).hasSize(8);
        assertThat(upstream(settings, "example.com").url()).isEqualTo(URI.create("http://127.0.0.1:1"));
        assertThat(upstream(settings, "docker.io").url()).isEqualTo(URI.create("http://127.0.0.1:2"));
    }

    private List<String> problems(String yaml, Map<String, String> environment) {
        return catchThrowableOfType(InvalidSettings.class, () -> load(yaml, environment, Flags.NONE))
                .problems()
                .stream()
                .map(Problem::toString)
                .toList();
    }

    private Settings load(String yaml, Map<String, String> environment, Flags flags) throws Exception {
        Path file = Files.writeString(directory.resolve("longshore.yaml"), yaml);
        return Settings.load(Role.STANDALONE, file, environment, flags);
    }

    private static UpstreamSettings upstream(Settings settings, String name) {
        return Objects.requireNonNull(settings.upstreams().get(name));
    }
}
