package dev.longshore.cli;

import dev.longshore.config.Flags;
import dev.longshore.config.InvalidSettings;
import dev.longshore.config.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/**
 * Gives the scenarios of the load generator, which knows nothing of a mirror's configuration, the option that every
 * command has: instead of {@code --target}, the configuration of a mirror on this machine.
 */
final class LoadTarget {

    private static final String CONFIG = "--config";
    private static final String TARGET = "--target";

    private LoadTarget() {}

    /** @param commands of which {@code loadtest} is one */
    static CommandLine addTo(CommandLine commands) {
        CommandLine loadtest = Objects.requireNonNull(commands.getSubcommands().get("loadtest"));
        loadtest.getSubcommands().values().forEach(scenario -> addTo(scenario.getCommandSpec()));
        return commands.setExecutionStrategy(parsed -> {
            aim(parsed);
            return new RunLast().execute(parsed);
        });
    }

    private static void addTo(CommandSpec scenario) {
        OptionSpec target = scenario.findOption(TARGET);
        if (target != null) {
            scenario.remove(target);
            scenario.addOption(OptionSpec.builder(target).required(false).build());
            scenario.addOption(OptionSpec.builder(CONFIG)
                    .paramLabel("FILE")
                    .type(Path.class)
                    .description("Instead of " + TARGET + ": the configuration of a mirror on this machine.")
                    .build());
        }
    }

    private static void aim(ParseResult parsed) {
        if (parsed.hasSubcommand()) {
            aim(parsed.subcommand());
            return;
        }
        CommandSpec command = parsed.commandSpec();
        OptionSpec target = command.findOption(TARGET);
        boolean asksForItself = parsed.isUsageHelpRequested() || parsed.isVersionHelpRequested();
        if (target == null || parsed.hasMatchedOption(target) || asksForItself) {
            return;
        }
        if (!parsed.hasMatchedOption(CONFIG)) {
            throw new ParameterException(command.commandLine(), "where to? " + TARGET + " or " + CONFIG + " says so");
        }
        Path file = parsed.matchedOptionValue(CONFIG, Path.of(""));
        try {
            Settings settings = Settings.load(null, file, System.getenv(), Flags.NONE);
            target.setValue(List.of("http://" + Mirror.locally(settings.listen())));
        } catch (InvalidSettings e) {
            throw new ExecutionException(command.commandLine(), "the configuration is refused", e);
        }
    }
}
