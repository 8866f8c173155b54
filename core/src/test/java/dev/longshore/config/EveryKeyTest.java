package dev.longshore.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.oci.RepositoryPattern;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each key, set to something else than its default, arrives where it belongs. */
final class EveryKeyTest {

    static final String YAML = """
            listen: 127.0.0.1:5001
            drain-timeout: 2h
            tls: {certificate: DIR/tls.crt, key: DIR/tls.key, client-ca: DIR/clients.crt}
            auth: {htpasswd: DIR/htpasswd}
            ops: {listen: "[::1]:9091", token-file: DIR/token}
            log: {level: debug, format: json, access: false}
            upstreams:
              registry.local:5000:
                url: http://127.0.0.1:5002
                username: someone
                password: hush
                repositories: ["team-*/app", "library/**"]
                tag-ttl: 5m
                stale-if-error: 1d
                connections: 8
                token-hosts: [auth.local, "auth.local:8443"]
                timeouts: {connect: 500ms, first-byte: 4s, idle: 1m}
                ca: DIR/ca.crt
                insecure: true
            default-upstream: registry.local:5000
            storage:
              directory: DIR/cache
              capacity: 3TiB
              min-free: 512MiB
              s3:
                bucket: images
                prefix: mirror/
                region: eu-central-1
                endpoint: http://127.0.0.1:9000/
                path-style: true
                access-key-id: id
                secret-access-key: whisper
                capacity: 9TiB
                max-age: 30d
                dry-run: true
            cluster:
              name: blue
              secret-file: DIR/secrets
              advertise: node-0:5100
              public-url: https://node-0.example.com:5100
              members: [node-0:5701, "[fd00::1]:5701"]
              kubernetes: {service-dns: nodes.blue.svc}
              hazelcast: {listen: 127.0.0.1:5702}
            blob-delivery: redirect
            """;

    @TempDir
    private Path directory;

    @BeforeEach
    void writeFiles() throws IOException {
        for (String name : List.of("tls.crt", "tls.key", "clients.crt", "htpasswd", "ca.crt")) {
            Files.createFile(directory.resolve(name));
        }
        Files.writeString(directory.resolve("token"), "ops\n");
        Files.writeString(directory.resolve("secrets"), "new\nold\n");
    }

    @Test
    void arrives() throws Exception {
        assertThat(everyKey()).isEqualTo(expected());
    }

    @Test
    void isMissingFromTheTestOtherwise() throws Exception {
        Settings defaults = Settings.defaults(Role.STANDALONE);
        UpstreamSettings upstream =
                Objects.requireNonNull(everyKey().upstreams().get("registry.local:5000"));

        List<String> same = new ArrayList<>();
        collectSame("", everyKey(), defaults, same);
        collectSame("upstream.", upstream, UpstreamSettings.of("registry.local:5000"), same);

        assertThat(same).containsExactlyInAnyOrder("role", "upstream.name");
    }

    @Test
    void isPrintedAsTheFileThatGivesTheSame() throws Exception {
        String printed = everyKey().toYaml();

        assertThat(printed).doesNotContain("hush", "whisper").contains("password: ", "token-file: ");
        assertThat(parse(printed.replaceAll("password: .*", "password: hush")
                        .replaceAll("secret-access-key: .*", "secret-access-key: whisper")))
                .isEqualTo(expected());
    }

    private Settings everyKey() throws Exception {
        return parse(YAML.replace("DIR", directory.toString()));
    }

    private Settings parse(String yaml) throws Exception {
        Path file = Files.writeString(directory.resolve("longshore.yaml"), yaml);
        SettingsReader reader = new SettingsReader(Role.STANDALONE, Map.of(), Flags.NONE, DiskRoom::of);
        Settings settings = reader.parse(file);
        assertThat(reader.problems())
                .allSatisfy(problem ->
                        assertThat(problem.kind()).as(problem.toString()).isEqualTo(Problem.Kind.UNSUPPORTED));
        return settings;
    }

    private Settings expected() {
        Path secrets = directory.resolve("secrets");
        UpstreamSettings upstream = new UpstreamSettings(
                "registry.local:5000",
                URI.create("http://127.0.0.1:5002"),
                new Credentials("someone", Secret.of("hush")),
                List.of(RepositoryPattern.parse("team-*/app"), RepositoryPattern.parse("library/**")),
                Duration.ofMinutes(5),
                Duration.ofDays(1),
                8,
                List.of("auth.local", "auth.local:8443"),
                new Timeouts(Duration.ofMillis(500), Duration.ofSeconds(4), Duration.ofMinutes(1)),
                directory.resolve("ca.crt"),
                true);
        S3Settings s3 = new S3Settings(
                "images",
                "mirror/",
                "eu-central-1",
                URI.create("http://127.0.0.1:9000"),
                true,
                new S3Settings.Keys("id", Secret.of("whisper")),
                new S3Settings.Retention(new DataSize(9L << 40), Duration.ofDays(30), true));
        ClusterSettings cluster = new ClusterSettings(
                "blue",
                List.of(new Secret("new", secrets), new Secret("old", secrets)),
                new Listen("node-0", 5100),
                URI.create("https://node-0.example.com:5100"),
                List.of(new Listen("node-0", 5701), new Listen("fd00::1", 5701)),
                "nodes.blue.svc",
                new Listen("127.0.0.1", 5702));
        return new Settings(
                Role.STANDALONE,
                new Listen("127.0.0.1", 5001),
                Duration.ofHours(2),
                new TlsSettings(
                        directory.resolve("tls.crt"), directory.resolve("tls.key"), directory.resolve("clients.crt")),
                new AuthSettings(directory.resolve("htpasswd")),
                new OpsSettings(new Listen("::1", 9091), new Secret("ops", directory.resolve("token"))),
                new LogSettings(LogSettings.Level.DEBUG, LogSettings.Format.JSON, false),
                Map.of("registry.local:5000", upstream),
                "registry.local:5000",
                new StorageSettings(directory.resolve("cache"), new DataSize(3L << 40), DataSize.ofMiB(512), s3),
                cluster,
                BlobDelivery.REDIRECT);
    }

    private static void collectSame(String path, Record set, Record defaults, List<String> same) throws Exception {
        for (RecordComponent component : set.getClass().getRecordComponents()) {
            Object value = component.getAccessor().invoke(set);
            Object fallback = component.getAccessor().invoke(defaults);
            if (value instanceof Record record && fallback instanceof Record other && !(value instanceof Listen)) {
                collectSame(path + component.getName() + ".", record, other, same);
            } else if (Objects.equals(value, fallback)) {
                same.add(path + component.getName());
            }
        }
    }
}
