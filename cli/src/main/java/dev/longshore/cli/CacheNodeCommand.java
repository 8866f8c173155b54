package dev.longshore.cli;

import dev.longshore.config.Flags;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code longshore cache-node}: one member of the cache tier of a cluster. Confined to one thread. */
@Command(
        name = "cache-node",
        description = "Runs one member of the cache tier of a cluster.",
        mixinStandardHelpOptions = true)
final class CacheNodeCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Mixin
    private final Configuration configuration = new Configuration();

    @Override
    public Integer call() throws Exception {
        Settings settings = configuration.load(Role.CACHE_NODE, Flags.NONE);
        Server server = Server.start(settings, CacheNode::start);
        spec.commandLine().getOut().print(server.greeting());
        spec.commandLine().getOut().flush();
        return server.untilStopped();
    }
}
