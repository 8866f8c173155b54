package dev.longshore.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code longshore warm}: images are brought into the cache of a running mirror. Confined to one thread. */
@Command(
        name = "warm",
        description = "Pulls images into the cache, and returns when every byte is in.",
        mixinStandardHelpOptions = true)
final class WarmCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Mixin
    private final OpsPort ops = new OpsPort();

    @Option(
            names = "--platform",
            paramLabel = "OS/ARCH[/VARIANT]",
            description = "Only the images of an index that are for it; may be repeated. All of them without it.")
    private final List<String> platforms = new ArrayList<>();

    @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "As in alpine:3 or ghcr.io/org/app@sha256:...")
    private final List<String> images = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        JsonObject wanted =
                new JsonObject().put("images", new JsonArray(images)).put("platforms", new JsonArray(platforms));
        WarmProgress progress = new WarmProgress(spec.commandLine().getOut(), isTerminal());
        try (Stream<String> lines = ops.lines("/admin/warm", wanted)) {
            for (Iterator<String> each = lines.iterator(); each.hasNext(); ) {
                JsonObject line = new JsonObject(each.next());
                if (line.containsKey("image")) {
                    progress.show(line);
                } else if (line.getBoolean("complete")) {
                    return 0;
                } else {
                    throw new IOException("not everything is in");
                }
            }
        } catch (UncheckedIOException e) {
            // It shows below.
        }
        throw new IOException("the mirror broke off before everything was in: the same command goes on from there");
    }

    /** Whether somebody looks at what is printed: a console is there without a terminal too, since JDK 22. */
    private static boolean isTerminal() {
        try {
            return Path.of("/proc/self/fd/1").toRealPath().toString().matches("/dev/(pts/|tty).*");
        } catch (IOException e) {
            return false;
        }
    }
}
