package dev.longshore.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code longshore purge}: a running mirror forgets what it has. Confined to one thread. */
@Command(
        name = "purge",
        description = "Removes tags, manifests or blobs from every node and gateway.",
        mixinStandardHelpOptions = true)
final class PurgeCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Mixin
    private final OpsPort ops = new OpsPort();

    @Option(names = "--dry-run", description = "Only say what would be removed.")
    private boolean dryRun;

    @Parameters(
            paramLabel = "PATTERN",
            arity = "1..*",
            description = "As in alpine:3, alpine:3.*, ghcr.io/org/app, ghcr.io/org/**, app@sha256:..., sha256:...")
    private final List<String> patterns = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        JsonObject answer = ops.post(
                "/admin/purge",
                new JsonObject().put("patterns", new JsonArray(patterns)).put("dryRun", dryRun));
        PrintWriter out = spec.commandLine().getOut();
        JsonArray purged = answer.getJsonArray("purged");
        purged.forEach(out::println);
        out.println(purged.size() + (dryRun ? " would be removed" : " removed"));
        out.flush();
        JsonArray problems = answer.getJsonArray("problems", new JsonArray());
        if (!problems.isEmpty()) {
            throw new IOException(
                    "not everywhere: " + problems.stream().map(String::valueOf).collect(Collectors.joining("; ")));
        }
        return 0;
    }
}
