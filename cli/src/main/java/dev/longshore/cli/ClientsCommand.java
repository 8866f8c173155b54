package dev.longshore.cli;

import dev.longshore.config.Flags;
import dev.longshore.config.InvalidSettings;
import dev.longshore.config.Listen;
import dev.longshore.config.Settings;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code longshore clients …}: the configuration of a client for this mirror, ready to paste. Confined to one thread. */
@Command(
        name = "clients",
        description = "Prints what to configure in a client of this mirror, and where.",
        mixinStandardHelpOptions = true)
final class ClientsCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Mixin
    private final Configuration configuration = new Configuration();

    @Option(
            names = "--mirror",
            paramLabel = "HOST:PORT",
            description = "Where the client finds this mirror; localhost and the port of the configuration without it.",
            converter = AddressConverter.class)
    private @Nullable Listen mirror;

    @Parameters(paramLabel = "CLIENT", description = "One of ${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init") // by picocli
    private Client client;

    @Override
    public Integer call() throws InvalidSettings {
        Settings settings = configuration.load(null, Flags.NONE);
        Listen address = mirror == null ? Mirror.locally(settings.listen()) : mirror;
        Mirror seen = new Mirror(address, settings.upstreams(), settings.defaultUpstream());
        // JSON has no comments: the hint must not be in what is pasted.
        PrintWriter hints = client == Client.docker
                ? spec.commandLine().getErr()
                : spec.commandLine().getOut();
        hints.println(client.hint().indent(0).replaceAll("(?m)^(?=.)", "# ").stripTrailing());
        hints.flush();
        spec.commandLine().getOut().print(client.configuration(seen));
        spec.commandLine().getOut().flush();
        return 0;
    }
}
