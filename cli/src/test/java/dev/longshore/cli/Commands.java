package dev.longshore.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;

/** Commands that are run against a mirror of a test, and what they said. Immutable. */
record Commands(int exitCode, String out, String err) {

    /** Runs {@code longshore COMMAND --ops 127.0.0.1:port ARGUMENTS}. */
    static Commands run(int opsPort, String command, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Longshore.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        String[] all = Stream.concat(Stream.of(command, "--ops", "127.0.0.1:" + opsPort), Stream.of(arguments))
                .toArray(String[]::new);
        int exitCode = line.execute(all);
        return new Commands(exitCode, out.toString(), err.toString());
    }

    List<String> lines() {
        return out.lines().toList();
    }
}
