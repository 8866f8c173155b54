package dev.longshore.loadtest;

import java.util.Collections;
import java.util.Iterator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A scenario: requests of all kinds for a while. Confined to the thread that calls it. */
@Command(
        name = "mixed",
        mixinStandardHelpOptions = true,
        description = {
            "Manifests by tag and by digest, blobs and parts of them, by chance, for a while: by clients that keep",
            "their connections and ask again and again, or at a rate, each on a new connection.",
            "Exits 1 if any byte was wrong or missing."
        })
final class Mixed implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private Target target = new Target();

    @Mixin
    private Mix mix = new Mix();

    @Option(names = "--for", paramLabel = "SECONDS", description = "Default: ${DEFAULT-VALUE}.")
    private double seconds = 10;

    @Option(names = "--clients", description = "That ask again and again; ${DEFAULT-VALUE} by default.")
    private int clients = 16;

    @Option(names = "--rate", paramLabel = "PULLS/S", description = "Begin so many a second instead, come what may.")
    private double rate;

    @Override
    public Integer call() {
        Meanwhile nothing = Meanwhile.nothing();
        Iterator<Download> downloads = mix.downloads(target, () -> nothing.seconds() >= seconds);
        Load load = new Load(target);
        Report report = rate > 0
                ? load.arrive(rate, downloads, nothing)
                : load.loop(Collections.nCopies(clients, downloads), null, nothing);
        return target.report(report, spec.commandLine().getOut());
    }
}
