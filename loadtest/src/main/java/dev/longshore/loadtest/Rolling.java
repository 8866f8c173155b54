package dev.longshore.loadtest;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A scenario: pulls at a constant rate while the mirror is restarted part by part. Confined to the thread that calls it. */
@Command(
        name = "rolling",
        mixinStandardHelpOptions = true,
        description = {
            "Pulls at a constant rate, each on a new connection, while commands are run one after another, such as",
            "restarts of nodes; lasts until the last command is done. No pull is tried again: each that fails is",
            "reported. Exits 1 if any byte was wrong or missing, or a command failed."
        })
final class Rolling implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private Target target = new Target();

    @Mixin
    private Mix mix = new Mix();

    @Option(names = "--rate", paramLabel = "PULLS/S", description = "Default: ${DEFAULT-VALUE}.")
    private double rate = 50;

    @Option(names = "--for", paramLabel = "SECONDS", description = "At least; ${DEFAULT-VALUE} by default.")
    private double seconds = 10;

    @Option(names = "--then", paramLabel = "COMMAND", description = "For the shell; several are run one after another.")
    private List<String> commands = List.of();

    @Override
    public Integer call() {
        Meanwhile meanwhile = new Meanwhile(commands, () -> true);
        Iterator<Download> downloads = mix.downloads(target, () -> meanwhile.over() && meanwhile.seconds() >= seconds);
        Report report = new Load(target).arrive(rate, downloads, meanwhile);
        return target.report(report, spec.commandLine().getOut());
    }
}
