package dev.longshore.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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

    /** They travel in the query of a request to each node. */
    private static final int AT_ONCE = 20;

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
        PrintWriter out = spec.commandLine().getOut();
        Set<String> purged = new HashSet<>();
        Set<String> problems = new LinkedHashSet<>();
        if (patterns.size() > AT_ONCE && !dryRun) {
            // Nothing is purged when one of them is wrong.
            for (List<String> some : groups()) {
                purge(some, true);
            }
        }
        for (List<String> some : groups()) {
            JsonObject answer = purge(some, dryRun);
            texts(answer, "purged").filter(purged::add).forEach(out::println);
            texts(answer, "problems").forEach(problems::add);
        }
        out.println(purged.size() + (dryRun ? " would be removed" : " removed"));
        out.flush();
        if (!problems.isEmpty()) {
            throw new IOException("not everywhere: " + String.join("; ", problems));
        }
        return 0;
    }

    private List<List<String>> groups() {
        return IntStream.range(0, (patterns.size() + AT_ONCE - 1) / AT_ONCE)
                .mapToObj(group -> patterns.subList(group * AT_ONCE, Math.min(patterns.size(), (group + 1) * AT_ONCE)))
                .toList();
    }

    private JsonObject purge(List<String> some, boolean dry) throws Exception {
        return ops.post(
                "/admin/purge",
                new JsonObject().put("patterns", new JsonArray(some)).put("dryRun", dry));
    }

    private static Stream<String> texts(JsonObject answer, String field) {
        return answer.getJsonArray(field, new JsonArray()).stream().map(String::valueOf);
    }
}
