package dev.longshore.cli;

import dev.longshore.config.Listen;
import dev.longshore.config.Settings;
import dev.longshore.config.StorageSettings;
import java.util.stream.Collectors;

/** What a person reads when the mirror is ready: where it is, what it serves, and what to try first. Immutable. */
final class Greeting {

    private Greeting() {}

    static String of(Settings settings, Doors doors) {
        Listen listen = doors.listen(settings);
        String text = """
                Longshore %s is ready.
                  listens on  %s, for operators on %s
                  serves      %s
                """.formatted(Version.text(), listen, doors.opsListen(settings), upstreams(settings));
        return switch (settings.role()) {
            case STANDALONE -> text + keeps(settings.storage()) + "\n" + firstSteps(settings, Mirror.locally(listen));
            case GATEWAY -> text + "\n" + firstSteps(settings, Mirror.locally(listen));
            case CACHE_NODE -> text + keeps(settings.storage());
        };
    }

    private static String keeps(StorageSettings storage) {
        return "  keeps       up to %s in %s\n"
                .formatted(
                        storage.capacity(), storage.directory().toAbsolutePath().normalize());
    }

    private static String upstreams(Settings settings) {
        return settings.upstreams().keySet().stream()
                .map(name -> name.equals(settings.defaultUpstream()) ? name + " (default)" : name)
                .collect(Collectors.joining(", "));
    }

    private static String firstSteps(Settings settings, Listen address) {
        if (!"docker.io".equals(settings.defaultUpstream())) {
            return "Configure a client: longshore clients docker|containerd|crio|podman|buildkit|k3s\n";
        }
        return """
                Try it:             docker pull %1$s/library/alpine
                For every pull:     "registry-mirrors": ["http://%1$s"]   in /etc/docker/daemon.json
                Other clients:      longshore clients containerd|crio|podman|buildkit|k3s
                """.formatted(address);
    }
}
