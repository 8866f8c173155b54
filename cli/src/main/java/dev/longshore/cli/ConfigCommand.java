package dev.longshore.cli;

import dev.longshore.config.Flags;
import dev.longshore.config.InvalidSettings;
import dev.longshore.config.Settings;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code longshore config …}: what is wrong with a configuration, and what it comes to. Confined to one thread. */
@Command(name = "config", description = "Checks or prints the configuration.", mixinStandardHelpOptions = true)
final class ConfigCommand {

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Command(description = "Prints every problem of a configuration.", mixinStandardHelpOptions = true)
    int check(
            @Mixin Configuration configuration,
            @Parameters(arity = "0..1", paramLabel = "FILE", description = "The configuration, in YAML.") @Nullable
                    Path argument)
            throws InvalidSettings {
        Path file = argument == null ? configuration.file() : argument;
        if (file == null) {
            throw new ParameterException(spec.subcommands().get("check"), "Missing required parameter: 'FILE'");
        }
        Settings.load(null, file, System.getenv(), Flags.NONE);
        return print(file + ": nothing is wrong\n");
    }

    @Command(description = "Prints the effective configuration, secrets masked.", mixinStandardHelpOptions = true)
    int print(@Mixin Configuration configuration) throws InvalidSettings {
        return print(configuration.load(null, Flags.NONE).toYaml());
    }

    private int print(String text) {
        PrintWriter out = spec.commandLine().getOut();
        out.print(text);
        out.flush();
        return 0;
    }
}
