package dev.longshore.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An address of a socket, written {@code 0.0.0.0:5000} or {@code [::1]:5000}: one to listen on, or one to dial. Immutable.
 *
 * @param host a name or an address; IPv6 without its brackets
 * @param port 0 for any that is free
 */
public record Listen(String host, int port) {

    private static final Pattern SYNTAX = Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([A-Za-z0-9._-]+)):(\\d{1,5})");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|::1");

    public Listen {
        if (host.isEmpty() || port < 0 || port > 65535) {
            throw new IllegalArgumentException("a port is at most 65535");
        }
    }

    public static Listen parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(Texts.quote(text) + " is not an address such as 0.0.0.0:5000");
        }
        String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        return new Listen(host, Integer.parseInt(matcher.group(3)));
    }

    /** Whether only this machine can reach it. */
    public boolean isLoopback() {
        return LOOPBACK.matcher(host).matches();
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
