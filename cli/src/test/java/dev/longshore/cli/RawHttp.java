package dev.longshore.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;

/** What no decent client would send, and what comes back. Immutable. */
record RawHttp(int status, String head, String body, Duration took) {

    /** Sends {@code request} as it is, and reads until the server closes, which the request should ask for. */
    static RawHttp send(int port, String request) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5000);
            long begin = System.nanoTime();
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            int end = answer.indexOf("\r\n\r\n");
            String head = answer.substring(0, end).toLowerCase(Locale.ROOT);
            return new RawHttp(Integer.parseInt(head.split(" ", 3)[1]), head, answer.substring(end + 4), took);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks for {@code target} with more header lines, each ended. */
    static RawHttp get(int port, String target, String headers) {
        return send(port, "GET " + target + " HTTP/1.1\r\nHost: mirror\r\nConnection: close\r\n" + headers + "\r\n");
    }
}
