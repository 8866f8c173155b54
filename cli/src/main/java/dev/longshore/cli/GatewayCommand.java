package dev.longshore.cli;

import dev.longshore.config.Flags;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code longshore gateway}: a stateless front door of a cluster. Confined to one thread. */
@Command(name = "gateway", description = "Runs a stateless front door of a cluster.", mixinStandardHelpOptions = true)
final class GatewayCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Mixin
    private final Configuration configuration = new Configuration();

    @Override
    public Integer call() throws Exception {
        Settings settings = configuration.load(Role.GATEWAY, Flags.NONE);
        Server server = Server.start(settings, Gateway::start);
        spec.commandLine().getOut().print(server.greeting());
        spec.commandLine().getOut().flush();
        return server.untilStopped();
    }
}
