package dev.longshore.cli;

import dev.longshore.config.InvalidSettings;
import dev.longshore.config.Problem;
import dev.longshore.loadtest.LoadtestCommand;
import java.io.PrintWriter;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code longshore} command. It ends with 0, with 1 and the reason on stderr, or with 2 for a wrong usage. */
@Command(
        name = "longshore",
        description = "A pull-through mirror for container registries.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            StandaloneCommand.class,
            GatewayCommand.class,
            CacheNodeCommand.class,
            ConfigCommand.class,
            ClientsCommand.class,
            LoadtestCommand.class
        })
public final class Longshore {

    private Longshore() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Longshore()).setExecutionExceptionHandler(Longshore::refuse);
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
