package dev.longshore.cli;

import dev.longshore.config.Flags;
import dev.longshore.config.InvalidSettings;
import dev.longshore.config.Problem;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import dev.longshore.loadtest.LoadtestCommand;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.util.function.BiFunction;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The {@code longshore} command. It ends with 0, with 1 and the reason on stderr, or with 2 for a wrong usage. */
@Command(
        name = "longshore",
        description = "A pull-through mirror for container registries.",
        mixinStandardHelpOptions = true,
        subcommands = {
            StandaloneCommand.class,
            ConfigCommand.class,
            ClientsCommand.class,
            WarmCommand.class,
            PurgeCommand.class,
            StatusCommand.class,
            LoadtestCommand.class,
            RehearseCommand.class
        })
public final class Longshore {

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    private Longshore() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine commands = new CommandLine(new Longshore());
        tellVersion(commands);
        return LoadTarget.addTo(commands).setExecutionExceptionHandler(Longshore::refuse);
    }

    /** They all have the option, but none of them the version: it is not inherited. */
    private static void tellVersion(CommandLine command) {
        command.getCommandSpec().versionProvider(new Version());
        command.getSubcommands().values().forEach(Longshore::tellVersion);
    }

    @Command(description = "Runs a stateless front door of a cluster.", mixinStandardHelpOptions = true)
    int gateway(@Mixin Configuration configuration) throws Exception {
        return run(configuration.load(Role.GATEWAY, Flags.NONE), Gateway::start);
    }

    @Command(
            name = "cache-node",
            description = "Runs one member of the cache tier of a cluster.",
            mixinStandardHelpOptions = true)
    int cacheNode(@Mixin Configuration configuration) throws Exception {
        return run(configuration.load(Role.CACHE_NODE, Flags.NONE), CacheNode::start);
    }

    private int run(Settings settings, BiFunction<Vertx, Settings, Future<? extends Running>> role) throws Exception {
        Server server = Server.start(settings, role);
        spec.commandLine().getOut().print(server.greeting());
        spec.commandLine().getOut().flush();
        return server.untilStopped();
    }

    private static int refuse(Exception failure, CommandLine command, CommandLine.ParseResult arguments) {
        PrintWriter err = command.getErr();
        if (failure instanceof InvalidSettings invalid) {
            for (Problem problem : invalid.problems()) {
                err.println("longshore: " + problem);
            }
        } else {
            err.println("longshore: " + reason(failure));
            // Fetched here only: to set up the log takes longer than most commands.
            LoggerFactory.getLogger(Longshore.class).debug("Failed", failure);
        }
        err.flush();
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String reason(Exception failure) {
        String message = failure.getMessage();
        // A programming error says little without its name.
        if (message == null || message.isBlank() || failure instanceof NullPointerException) {
            return failure.toString();
        }
        return message.lines().findFirst().orElse("");
    }
}
