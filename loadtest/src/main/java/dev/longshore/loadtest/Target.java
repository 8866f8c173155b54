package dev.longshore.loadtest;

import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a load goes, and how its report is written: what the options of all scenarios have in common. Read-only once parsed. */
final class Target {

    @Option(
            names = "--target",
            paramLabel = "URL",
            required = true,
            arity = "1..*",
            description = "Mirrors, to which the clients are dealt out in turn.")
    private List<String> urls = List.of();

    @Option(names = "--repository", paramLabel = "NAME", required = true)
    private String repository = "";

    @Option(names = "--patience", paramLabel = "SECONDS", description = "For the next byte; ${DEFAULT-VALUE} at most.")
    private int patience = 60;

    @Option(
            names = "--settle",
            paramLabel = "SECONDS",
            description = "Before the load, for what just ran hot to be compiled; ${DEFAULT-VALUE} by default.")
    private int settle = 1;

    @Option(
            names = "--upstream-stats",
            paramLabel = "URL",
            description = "The counters of a fake registry, http://…/_stats: says what the load cost it.")
    private @Nullable URI upstreamStats;

    @Option(names = "--json", description = "Print one line of JSON.")
    private boolean json;

    /** The mirror of the n-th client. */
    String url(int client) {
        return urls.get(client % urls.size());
    }

    String blob(int client, String digest) {
        return url(client) + "/v2/" + repository + "/blobs/" + digest;
    }

    String manifest(int client, String reference) {
        return url(client) + "/v2/" + repository + "/manifests/" + reference;
    }

    Duration patience() {
        return Duration.ofSeconds(patience);
    }

    Duration settling() {
        return Duration.ofSeconds(settle);
    }

    /** What the upstream has sent until now; null if it is not known. Blocks. */
    @Nullable
    UpstreamCount upstream() {
        return upstreamStats == null ? null : UpstreamCount.read(upstreamStats);
    }

    /** Prints the report; the exit code. */
    int report(Report report, PrintWriter out) {
        out.print(json ? Json.text(report) + System.lineSeparator() : report.table());
        out.flush();
        return report.clean() ? 0 : 1;
    }
}
