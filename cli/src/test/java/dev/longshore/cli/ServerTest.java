package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The life of the process as a service manager sees it. */
@Timeout(120)
final class ServerTest {

    @TempDir
    private Path directory;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void stopAll() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void aMirrorSaysWhenItIsReadyAndATermSignalEndsItWithZero() throws Exception {
        Process process = standalone("127.0.0.1:0");
        assertThat(process.inputReader().readLine()).startsWith("Longshore").endsWith("is ready.");

        signal(process, "TERM");

        assertThat(process.waitFor()).isZero();
    }

    @Test
    void aSecondSignalStopsAtOnce() throws Exception {
        Process process = start("StubbornProcess");
        BufferedReader out = process.inputReader();
        assertThat(out.readLine()).isEqualTo("ready");

        // Not Ctrl-C's signal, to which every process is deaf that a script has started in the background.
        signal(process, "TERM");
        assertThat(out.readLine()).isEqualTo("draining");
        signal(process, "TERM");

        assertThat(process.waitFor()).isEqualTo(130);
    }

    @Test
    void whoIsToldToStopBeforeItIsReadyDrainsToo() throws Exception {
        Process process = start("StubbornProcess", "start");
        BufferedReader out = process.inputReader();
        assertThat(out.readLine()).isEqualTo("starting");

        signal(process, "TERM");

        assertThat(out.lines()).containsExactly("ready", "draining");
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void aPortInUseIsOneLine() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();

            assertThat(standalone(address).waitFor()).isEqualTo(1);
            assertThat(stderr()).containsExactly("longshore: listen: " + address + " is in use by another process");
        }
    }

    @Test
    void aDirectoryInUseIsOneLine() throws Exception {
        Process first = standalone("127.0.0.1:0");
        assertThat(first.inputReader().readLine()).endsWith("is ready.");

        assertThat(standalone("127.0.0.1:0").waitFor()).isEqualTo(1);
        assertThat(stderr())
                .singleElement()
                .asString()
                .startsWith("longshore: ")
                .contains("data");
    }

    @Test
    void wrongUsageAndRefusalsAreToldApartByTheExitCode() throws Exception {
        assertThat(start("Longshore", "--version").waitFor()).isZero();
        assertThat(standalone("nowhere").waitFor()).isEqualTo(1);
        assertThat(start("Longshore", "sail").waitFor()).isEqualTo(2);
    }

    private Process standalone(String listen) throws IOException {
        String data = directory.resolve("data").toString();
        return start("Longshore", "standalone", "--listen", listen, "--ops-listen", "127.0.0.1:0", "--data", data);
    }

    private Process start(String main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 24) {
            // What the launcher and the jar's manifest say; without it the JVM itself writes to stderr.
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.longshore.cli." + main));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(directory.resolve("stderr").toFile())
                .start();
        processes.add(process);
        return process;
    }

    private List<String> stderr() throws IOException {
        return Files.readAllLines(directory.resolve("stderr"));
    }

    private static void signal(Process process, String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
        assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
}
