package dev.longshore.loadtest;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.DoubleSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A scenario: something happens to the mirror while many bodies are under way. Confined to the thread that calls it. */
@Command(
        name = "loss",
        mixinStandardHelpOptions = true,
        description = {
            "Runs commands, such as 'kill -9 PID', when a part of the bytes of many bodies has come.",
            "Exits 1 if any byte was wrong or missing, or a command failed or was never run."
        })
final class Loss implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private Target target = new Target();

    @Mixin
    private Crowd crowd = new Crowd();

    @Option(names = "--at", paramLabel = "PERCENT", description = "Of all bytes; ${DEFAULT-VALUE} by default.")
    private double at = 30;

    @Option(
            names = "--then",
            paramLabel = "COMMAND",
            required = true,
            description = "For the shell; several are run one after another.")
    private List<String> commands = List.of();

    @Override
    public Integer call() {
        Load load = new Load(target);
        DoubleSupplier percent = load.percentOf(crowd.total());
        Meanwhile meanwhile = new Meanwhile(commands, () -> percent.getAsDouble() >= at);
        Report report = load.loop(crowd.downloads(target), crowd.warmUp(target), meanwhile);
        return target.report(report, spec.commandLine().getOut());
    }
}
