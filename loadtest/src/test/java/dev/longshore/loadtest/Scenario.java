package dev.longshore.loadtest;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** Runs the commands of the load generator as a person does, and keeps what they print last. */
final class Scenario {
    private final StringWriter printed = new StringWriter();

    /** The exit code. */
    int run(String... arguments) {
        printed.getBuffer().setLength(0);
        CommandLine command = new CommandLine(new LoadtestCommand());
        command.setOut(new PrintWriter(printed, true));
        command.setErr(new PrintWriter(new StringWriter(), true));
        return command.execute(arguments);
    }

    /** The same against this registry, at once, to be reported in JSON. */
    int run(String scenario, FakeRegistry registry, String repository, String... more) {
        List<String> arguments = new ArrayList<>(List.of(scenario, "--json", "--settle", "0"));
        arguments.addAll(List.of("--target", registry.url(), "--repository", repository));
        arguments.addAll(List.of(more));
        return run(arguments.toArray(String[]::new));
    }

    JsonNode report() {
        return Json.tree(text().getBytes(StandardCharsets.UTF_8));
    }

    String text() {
        return printed.toString();
    }
}
