package dev.longshore.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProblemsTest {

    @TempDir
    private Path directory;

    @Test
    void allAreToldAtOnceEachWithItsKeyAndLine() throws IOException {
        assertThat(problems("""
                        lisen: 0.0.0.0:5000
                        drain-timeout: 60
                        upstreams:
                          docker.io: {tag-tll: 60s, connections: 0}
                          ghcr.io:
                            url: ftp://ghcr.io
                            repositories: ["**x"]
                        storage:
                          capacity: 50GB
                        """))
                .containsExactlyInAnyOrder(
                        "lisen: is not a key that there is; did you mean listen? (line 1)",
                        "drain-timeout: \"60\" is not a duration such as 90s (ms, s, m, h, d) (line 2)",
                        "upstreams.docker.io.tag-tll: is not a key that there is; did you mean tag-ttl? (line 4)",
                        "upstreams.docker.io.connections: \"0\" is not a number from 1 to 10000 (line 4)",
                        "upstreams.ghcr.io.url: is not a URL such as https://registry.example.com:5000 (line 6)",
                        "upstreams.ghcr.io.repositories: \"**x\" is not a pattern such as library/** or team-*/app (line 7)",
                        "storage.capacity: \"50GB\" is not a size such as 50GiB (B, KiB, MiB, GiB, TiB) (line 9)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "listen: 5000                                             | listen",
                "listen: 0.0.0.0:65536                                    | listen",
                "listen:                                                  | listen",
                "listen: [a, b]                                           | listen",
                "drain-timeout: -1s                                       | drain-timeout",
                "tls: {certificate: /}                                    | tls.certificate tls.key",
                "tls: yes                                                 | tls tls.certificate tls.key",
                "ops: {listen: 0.0.0.0:5000}                              | ops.listen",
                "ops: {token: a, token-file: pom.xml}                     | ops.token-file",
                "upstreams: [docker.io]                                   | upstreams",
                "upstreams: {GHCR.io: {}}                                 | upstreams.GHCR.io",
                "log: {level: loud, format: xml, access: maybe}           | log.level log.format log.access",
                "upstreams: {'a:0': {}}                                   | upstreams.a:0",
                "upstreams: {'a:70000': {}}                               | upstreams.a:70000",
                "upstreams: {a..b: {}}                                    | upstreams.a..b",
                "upstreams: {a/b: {}}                                     | upstreams.a/b",
                "upstreams: {docker.io: {}, index.docker.io: {}}          | upstreams.index.docker.io",
                "upstreams: {a: {url: 'https://a/v2'}}                    | upstreams.a.url",
                "upstreams: {a: {url: 'https://a?b'}}                     | upstreams.a.url",
                "upstreams: {a: {url: 'https://:80'}}                     | upstreams.a.url",
                "upstreams: {a: {url: a}}                                 | upstreams.a.url",
                "upstreams: {a: {repositories: []}}                       | upstreams.a.repositories",
                "upstreams: {a: {repositories: library/**}}               | upstreams.a.repositories",
                "upstreams: {a: {repositories: [[b]]}}                    | upstreams.a.repositories",
                "upstreams: {a: {repositories: ['b//c']}}                 | upstreams.a.repositories",
                "upstreams: {a: {token-hosts: ['https://b']}}             | upstreams.a.token-hosts",
                "upstreams: {a: {timeouts: {connect: 0s}}}                | upstreams.a.timeouts.connect",
                "upstreams: {a: {timeouts: {connect: 2h}}}                | upstreams.a.timeouts.connect",
                "upstreams: {a: {insecure: maybe}}                        | upstreams.a.insecure",
                "upstreams: {a: {ca: /nowhere/ca.crt}}                    | upstreams.a.ca",
                "{listen: 127.0.0.1:1, upstreams: {a: {username: b}}}     | upstreams.a.username",
                "{listen: 127.0.0.1:1, upstreams: {a: {password: b}}}     | upstreams.a.password",
                "default-upstream: a                                      | default-upstream",
                "storage: {capacity: 1KiB}                                | storage.capacity",
                "storage: {capacity: 999999999999999999TiB}               | storage.capacity",
                "storage: {min-free: 1}                                   | storage.min-free",
                "blob-delivery: pigeon                                    | blob-delivery",
                "{listen: 127.0.0.1:1, listen: 127.0.0.1:2}               | listen",
                "upstreams: {a: &x {}, b: *x}                             | upstreams.b upstreams.b",
            })
    void whatIsWrongIsRefusedUnderItsKey(String yaml, String keys) throws IOException {
        assertThat(refused(yaml))
                .filteredOn(problem -> problem.kind() != Problem.Kind.UNSUPPORTED)
                .extracting(Problem::key)
                .containsExactlyInAnyOrder(keys.split(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "tls: {certificate: FILE, key: FILE}                      | tls",
                "auth: {htpasswd: FILE}                                   | auth",
                "upstreams: {a: {username: b, password: c}}               | upstreams.a.username",
            })
    void whatIsNotThereYetIsRefusedByThatName(String yaml, String key) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThat(refused(yaml.replace("FILE", file.toString())))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.kind()).isEqualTo(Problem.Kind.UNSUPPORTED);
                    assertThat(problem.key()).isEqualTo(key);
                    assertThat(problem.message()).endsWith("not supported by this version yet");
                });
    }

    @Test
    void aStandaloneMirrorBelongsToNoCluster() throws IOException {
        assertThat(problems("cluster: {secret: a}"))
                .containsExactly(
                        "cluster: a standalone mirror belongs to no cluster: run cache-node or gateway (line 1)");
    }

    @Test
    void redirectNeedsAnAddressThatClientsReach() throws IOException {
        assertThat(problems("blob-delivery: redirect"))
                .containsExactlyInAnyOrder(
                        "cluster.public-url: is missing: blob-delivery: redirect sends clients there",
                        "blob-delivery: not supported by this version yet (line 1)");
    }

    @Test
    void credentialsAreForLoopbackUntilClientsCanBeTold() throws Exception {
        Settings settings =
                settings("{listen: 127.0.0.1:5000, upstreams: {docker.io: {username: someone, password: hush}}}");

        assertThat(upstream(settings).credentials()).isEqualTo(new Credentials("someone", Secret.of("hush")));
    }

    @Test
    void neverQuoteASecret() throws IOException {
        assertThat(problems("""
                        upstreams:
                          a: {url: "https://someone:hush@a"}
                          b: {username: "some:hush", password: hush, password-file: /nowhere}
                        """)).hasSizeGreaterThan(2).noneMatch(line -> line.contains("hush"));
        assertThat(problems("upstreams: {a: {password: hush: hush}}")).noneMatch(line -> line.contains("hush"));
    }

    @Test
    void whatIsNoYamlIsNotSaidToLackAnything() throws IOException {
        assertThat(refused(Role.GATEWAY, "cluster: {secret: a"))
                .singleElement()
                .asString()
                .startsWith("not YAML");
    }

    @Test
    void aFileSaysWhoseItIs() throws Exception {
        String common = "secret: 0123456789abcdef0123456789abcdef, members: [\"a:5701\"]";
        Path file = directory.resolve("longshore.yaml");

        assertThat(role("cluster: {advertise: a:5100, " + common + "}")).isEqualTo(Role.CACHE_NODE);
        assertThat(role("cluster: {" + common + "}")).isEqualTo(Role.GATEWAY);
        assertThat(role("listen: 127.0.0.1:1")).isEqualTo(Role.STANDALONE);
        Files.writeString(file, "cluster: {" + common + "}");
        Map<String, String> environment = Map.of("LONGSHORE_CLUSTER_ADVERTISE", "a:5100");
        assertThat(Settings.load(null, file, environment, Flags.NONE).role()).isEqualTo(Role.CACHE_NODE);
    }

    private Role role(String yaml) throws Exception {
        Path file = Files.writeString(directory.resolve("longshore.yaml"), yaml);
        return Settings.load(null, file, Map.of(), Flags.NONE).role();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ", members: []"})
    void aClusterHasSomeWayToFindItsNodes(String members) throws IOException {
        assertThat(refused(Role.GATEWAY, "cluster: {secret: 0123456789abcdef0123456789abcdef" + members + "}"))
                .singleElement()
                .asString()
                .startsWith("cluster.members: is missing");
    }

    @Test
    void whatIsNoYamlIsToldWithItsLine() throws IOException {
        assertThat(problems("listen: 0.0.0.0:5000\nstorage: ["))
                .singleElement()
                .asString()
                .contains("not YAML", "line");
        assertThat(problems("- a")).singleElement().asString().startsWith("keys and values are expected");
        assertThat(problems("listen: 127.0.0.1:1\n---\nlisten: 127.0.0.1:2"))
                .containsExactly("one YAML document is expected (line 3)");
    }

    @Test
    void anEmptyFileIsTheDefaults() throws Exception {
        Path file = Files.writeString(directory.resolve("longshore.yaml"), "# nothing\n");
        SettingsReader reader = new SettingsReader(
                Role.STANDALONE, Map.of(), Flags.NONE, any -> Long.MAX_VALUE); // as free at both times

        assertThat(reader.read(file)).isEqualTo(reader.read(null));
    }

    @Test
    void anAbsentFileIsToldByItsName() {
        Path absent = directory.resolve("absent.yaml");

        InvalidSettings invalid = catchThrowableOfType(
                InvalidSettings.class, () -> Settings.load(Role.STANDALONE, absent, Map.of(), Flags.NONE));

        assertThat(invalid).hasMessage(absent + ": is not there");
    }

    @Test
    void anAliasOfDockerHubIsDockerHub() throws Exception {
        Settings settings =
                settings("{upstreams: {index.docker.io: {tag-ttl: 5m}}, default-upstream: registry-1.docker.io}");

        assertThat(settings.upstreams()).containsOnlyKeys("docker.io");
        assertThat(upstream(settings).tagTtl()).hasMinutes(5);
        assertThat(settings.defaultUpstream()).isEqualTo("docker.io");
    }

    @Test
    void withoutDockerHubThereIsNoDefaultUpstream() throws Exception {
        assertThat(settings("upstreams: {ghcr.io: {}}").defaultUpstream()).isNull();
    }

    private List<String> problems(String yaml) throws IOException {
        return refused(yaml).stream().map(Problem::toString).toList();
    }

    private List<Problem> refused(String yaml) throws IOException {
        return refused(Role.STANDALONE, yaml);
    }

    private List<Problem> refused(Role role, String yaml) throws IOException {
        Path file = Files.writeString(directory.resolve("longshore.yaml"), yaml);
        InvalidSettings invalid =
                catchThrowableOfType(InvalidSettings.class, () -> Settings.load(role, file, Map.of(), Flags.NONE));
        return invalid.problems();
    }

    private Settings settings(String yaml) throws Exception {
        Path file = Files.writeString(directory.resolve("longshore.yaml"), yaml);
        return Settings.load(Role.STANDALONE, file, Map.of(), Flags.NONE);
    }

    private static UpstreamSettings upstream(Settings settings) {
        return settings.upstreams().values().iterator().next();
    }
}
