package dev.longshore.cli;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code longshore status}: how a running mirror is doing. Confined to one thread. */
@Command(
        name = "status",
        description = "Shows the nodes of a running mirror, what they save, and what the upstreams still allow.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Mixin
    private final OpsPort ops = new OpsPort();

    @Option(names = "--json", description = "For programs.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        JsonObject status = ops.get("/admin/status");
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? status.encodePrettily() + "\n" : StatusTable.of(Status.read(status)));
        out.flush();
        return 0;
    }
}
