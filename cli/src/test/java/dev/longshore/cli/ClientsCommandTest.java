package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClientsCommandTest {

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void dockerGetsJsonAloneAndTheHintBesides() throws Exception {
        assertThat(run("docker", "--mirror", "mirror.lan:5000")).isEqualTo("""
                {
                  "registry-mirrors": ["http://mirror.lan:5000"],
                  "insecure-registries": ["mirror.lan:5000"]
                }
                """);
        assertThat(err.toString().lines()).isNotEmpty().allMatch(line -> line.startsWith("# "));
    }

    @Test
    void dockerTrustsItsOwnMachine() throws Exception {
        assertThat(run("docker")).isEqualTo("""
                {
                  "registry-mirrors": ["http://localhost:5001"]
                }
                """);
    }

    @Test
    void containerdGetsAFileForEachRegistry() throws Exception {
        assertThat(run("containerd", "--mirror", "mirror.lan:5000")).endsWith("""

                # /etc/containerd/certs.d/docker.io/hosts.toml
                server = "https://registry-1.docker.io"

                [host."http://mirror.lan:5000"]
                  capabilities = ["pull", "resolve"]

                # /etc/containerd/certs.d/registry.lan:5000/hosts.toml
                server = "http://registry.lan:5000"

                [host."http://mirror.lan:5000"]
                  capabilities = ["pull", "resolve"]
                """);
    }

    @Test
    void podmanAndCrioNameTheRegistryInThePath() throws Exception {
        String expected = """

                [[registry]]
                prefix = "docker.io"
                location = "docker.io"

                [[registry.mirror]]
                location = "mirror.lan:5000/docker.io"
                insecure = true

                [[registry]]
                prefix = "registry.lan:5000"
                location = "registry.lan:5000"

                [[registry.mirror]]
                location = "mirror.lan:5000/registry.lan_5000"
                insecure = true
                """;

        assertThat(run("podman", "--mirror", "mirror.lan:5000")).endsWith(expected);
        assertThat(run("crio", "--mirror", "mirror.lan:5000")).endsWith(expected);
    }

    @Test
    void buildkitSpeaksPlainHttpToTheMirrorOnly() throws Exception {
        assertThat(run("buildkit", "--mirror", "mirror.lan:5000")).endsWith("""

                [registry."docker.io"]
                  mirrors = ["mirror.lan:5000"]

                [registry."registry.lan:5000"]
                  mirrors = ["mirror.lan:5000"]

                [registry."mirror.lan:5000"]
                  http = true
                """);
    }

    @Test
    void k3sGetsAnEndpointForEachRegistry() throws Exception {
        assertThat(run("k3s", "--mirror", "mirror.lan:5000")).endsWith("""
                mirrors:
                  "docker.io":
                    endpoint:
                      - "http://mirror.lan:5000"
                  "registry.lan:5000":
                    endpoint:
                      - "http://mirror.lan:5000"
                """);
    }

    private String run(String client, String... more) throws Exception {
        Path file = Files.writeString(directory.resolve("longshore.yaml"), """
                listen: 0.0.0.0:5001
                upstreams: {docker.io: {}, "registry.lan:5000": {url: "http://registry.lan:5000"}}
                """);
        String[] arguments = new String[4 + more.length];
        System.arraycopy(new String[] {"clients", client, "--config", file.toString()}, 0, arguments, 0, 4);
        System.arraycopy(more, 0, arguments, 4, more.length);
        int code = Longshore.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        assertThat(code).as(err.toString()).isZero();
        return out.toString();
    }
}
