package dev.longshore.cli;

import dev.longshore.config.Flags;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code longshore standalone}: the whole mirror in one process. Confined to one thread. */
@Command(name = "standalone", description = "Runs a mirror in one process.", mixinStandardHelpOptions = true)
final class StandaloneCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Mixin
    private final Configuration configuration = new Configuration();

    @Option(names = "--listen", paramLabel = "HOST:PORT", description = "Where clients pull; 0.0.0.0:5000 without it.")
    private @Nullable String listen;

    @Option(
            names = "--ops-listen",
            paramLabel = "HOST:PORT",
            description = "Where operators look; 0.0.0.0:9090 without it.")
    private @Nullable String opsListen;

    @Option(names = "--data", paramLabel = "DIR", description = "Where content is kept; ./data without it.")
    private @Nullable String data;

    @Option(
            names = "--upstream",
            paramLabel = "HOST=URL",
            description = "A registry to mirror, or another address of one; may be repeated.")
    private final Map<String, String> upstreams = new LinkedHashMap<>();

    @Override
    public Integer call() throws Exception {
        Settings settings = configuration.load(Role.STANDALONE, flags());
        Server server = Server.start(settings, Standalone::start);
        spec.commandLine().getOut().print(server.greeting());
        spec.commandLine().getOut().flush();
        return server.untilStopped();
    }

    private Flags flags() {
        Map<String, String> values = new LinkedHashMap<>();
        put(values, "listen", listen);
        put(values, "ops.listen", opsListen);
        put(values, "storage.directory", data);
        return new Flags(values, upstreams);
    }

    private static void put(Map<String, String> values, String key, @Nullable String text) {
        if (text != null) {
            values.put(key, text);
        }
    }
}
