package dev.longshore.loadtest;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A scenario: many clients ask for the same content at once. Confined to the thread that calls it. */
@Command(
        name = "herd",
        mixinStandardHelpOptions = true,
        description = "Many clients ask for the same blobs at once. Exits 1 if any byte was wrong or missing.")
final class Herd implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private Target target = new Target();

    @Mixin
    private Crowd crowd = new Crowd();

    @Override
    public Integer call() {
        Report report = new Load(target).loop(crowd.downloads(target), crowd.warmUp(target), Meanwhile.nothing());
        return target.report(report, spec.commandLine().getOut());
    }
}
