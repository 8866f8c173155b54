package dev.longshore.cli;

import dev.longshore.config.UpstreamSettings;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A client that can be told of a mirror, and how. The names are those of the command line. Immutable. */
enum Client {
    docker("""
            /etc/docker/daemon.json, then restart dockerd. It asks a mirror for Docker Hub's images only;
            others are pulled as HOST:PORT/ghcr.io/org/app from this mirror.""") {
        @Override
        String configuration(Mirror mirror) {
            boolean hub = "docker.io".equals(mirror.defaultUpstream());
            String mirrors = hub ? "\"" + mirror.url() + "\"" : "";
            // dockerd speaks plain HTTP to loopback addresses unasked.
            String insecure =
                    mirror.address().isLoopback() ? "" : ",\n  \"insecure-registries\": [\"" + mirror.address() + "\"]";
            return "{\n  \"registry-mirrors\": [" + mirrors + "]" + insecure + "\n}\n";
        }
    },

    containerd("""
            One file per registry; containerd reads them without a restart. Its own configuration must name the folder:
            config_path = "/etc/containerd/certs.d" under the registry section of the CRI plugin.""") {
        @Override
        String configuration(Mirror mirror) {
            return each(mirror, upstream -> """

                    # /etc/containerd/certs.d/%s/hosts.toml
                    server = "%s"

                    [host."%s"]
                      capabilities = ["pull", "resolve"]
                    """.formatted(upstream.name(), upstream.url(), mirror.url()));
        }
    },

    crio("/etc/containers/registries.conf.d/longshore.conf, then reload CRI-O (systemctl reload crio).") {
        @Override
        String configuration(Mirror mirror) {
            return registriesConf(mirror);
        }
    },

    podman("""
            /etc/containers/registries.conf.d/longshore.conf, or ~/.config/containers/registries.conf for one user;
            for podman, buildah and skopeo.""") {
        @Override
        String configuration(Mirror mirror) {
            return registriesConf(mirror);
        }
    },

    buildkit("""
            /etc/buildkit/buildkitd.toml, then restart buildkitd; for docker buildx:
            docker buildx create --buildkitd-config FILE""") {
        @Override
        String configuration(Mirror mirror) {
            // "http" belongs to the mirror's own entry: on the registry's it would send the fallback over plain HTTP.
            return each(mirror, upstream -> """

                    [registry."%s"]
                      mirrors = ["%s"]
                    """.formatted(upstream.name(), mirror.address()))
                    + """

                    [registry."%s"]
                      http = true
                    """.formatted(mirror.address());
        }
    },

    k3s("/etc/rancher/k3s/registries.yaml on every node, then restart k3s.") {
        @Override
        String configuration(Mirror mirror) {
            return "mirrors:\n" + each(mirror, upstream -> """
                      "%s":
                        endpoint:
                          - "%s"
                    """.formatted(upstream.name(), mirror.url()));
        }
    };

    private final String hint;

    Client(String hint) {
        this.hint = hint;
    }

    /** Into which file it goes, and what else it takes. */
    String hint() {
        return hint;
    }

    /** What goes into that file. */
    abstract String configuration(Mirror mirror);

    /** containers-registries.conf(5); such a client names the upstream by a prefix of the path. */
    private static String registriesConf(Mirror mirror) {
        return each(mirror, upstream -> """

                [[registry]]
                prefix = "%1$s"
                location = "%1$s"

                [[registry.mirror]]
                location = "%2$s"
                insecure = true
                """.formatted(upstream.name(), mirror.prefix(upstream.name())));
    }

    private static String each(Mirror mirror, Function<UpstreamSettings, String> part) {
        return mirror.upstreams().values().stream().map(part).collect(Collectors.joining());
    }
}
