package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.config.Flags;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The life of the process as a service manager sees it. */
@Timeout(60)
final class ServerTest {

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void stopAll() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void aTermSignalDrainsAndEndsWithZero() throws Exception {
        Process process = start("ServerProcess", "0", "drains");
        BufferedReader out = process.inputReader();
        assertThat(out.readLine()).startsWith("ready");

        signal(process, "TERM");

        assertThat(out.readLine()).isEqualTo("draining");
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void aSecondSignalStopsAtOnce() throws Exception {
        Process process = start("ServerProcess", "0", "hangs");
        BufferedReader out = process.inputReader();
        assertThat(out.readLine()).startsWith("ready");

        signal(process, "INT");
        assertThat(out.readLine()).isEqualTo("draining");
        signal(process, "INT");

        assertThat(process.waitFor()).isEqualTo(130);
    }

    @Test
    void aPortInUseIsToldByItsAddress() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Flags flags = new Flags(Map.of("listen", "127.0.0.1:" + taken.getLocalPort()), Map.of());
            Settings settings = Settings.load(Role.STANDALONE, null, Map.of(), flags);

            assertThatThrownBy(
                            () -> Server.start(settings, (vertx, known) -> ServerProcess.listen(vertx, known, false)))
                    .hasMessage("listen: " + settings.listen() + " is in use by another process");
        }
    }

    @Test
    void wrongUsageAndRefusalsAreToldApartByTheExitCode() throws Exception {
        assertThat(start("Longshore", "--version").waitFor()).isZero();
        assertThat(start("Longshore", "standalone", "--listen", "nowhere").waitFor())
                .isEqualTo(1);
        assertThat(start("Longshore", "sail").waitFor()).isEqualTo(2);
    }

    private Process start(String main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.longshore.cli." + main));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        processes.add(process);
        return process;
    }

    private static void signal(Process process, String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
        assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
}
