package dev.longshore.upstream;

import io.netty.util.NetUtil;
import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import java.math.BigInteger;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The proxy that the environment names: {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY}, in capitals or in
 * small letters, read as Go programs read them, since those stand beside this one. Source: golang.org/x/net/http/httpproxy.
 * Immutable.
 */
public final class ProxyEnvironment {

    private final Optional<ProxyOptions> forTls;
    private final Optional<ProxyOptions> forPlain;
    private final List<String> exempt;

    private ProxyEnvironment(Optional<ProxyOptions> forTls, Optional<ProxyOptions> forPlain, List<String> exempt) {
        this.forTls = forTls;
        this.forPlain = forPlain;
        this.exempt = exempt;
    }

    /** Reads variables; throws {@link IllegalArgumentException} when one names no proxy that can be used. */
    public static ProxyEnvironment of(Map<String, String> variables) {
        return new ProxyEnvironment(
                value(variables, "HTTPS_PROXY").map(text -> proxy("HTTPS_PROXY", text)),
                value(variables, "HTTP_PROXY").map(text -> proxy("HTTP_PROXY", text)),
                value(variables, "NO_PROXY").stream()
                        .flatMap(list -> Arrays.stream(list.split(",", -1)))
                        .map(entry -> entry.strip().toLowerCase(Locale.ROOT))
                        .filter(entry -> !entry.isEmpty())
                        .toList());
    }

    private static Optional<String> value(Map<String, String> variables, String name) {
        return Optional.ofNullable(variables.get(name))
                .or(() -> Optional.ofNullable(variables.get(name.toLowerCase(Locale.ROOT))))
                .filter(text -> !text.isBlank());
    }

    private static ProxyOptions proxy(String variable, String text) {
        URI url;
        try {
            url = URI.create(text.contains("://") ? text.strip() : "http://" + text.strip());
        } catch (IllegalArgumentException e) {
            throw unusable(variable);
        }
        ProxyType type = switch (url.getScheme().toLowerCase(Locale.ROOT)) {
            case "http" -> ProxyType.HTTP;
            case "socks5", "socks5h" -> ProxyType.SOCKS5;
            default -> throw unusable(variable);
        };
        if (url.getHost() == null) {
            throw unusable(variable);
        }
        int port = url.getPort() >= 0 ? url.getPort() : type == ProxyType.HTTP ? 80 : 1080;
        ProxyOptions options =
                new ProxyOptions().setType(type).setHost(url.getHost()).setPort(port);
        if (url.getUserInfo() != null) {
            String[] parts = url.getUserInfo().split(":", 2);
            options.setUsername(parts[0]).setPassword(parts.length > 1 ? parts[1] : "");
        }
        return options;
    }

    /** Without its value, which may hold a password. */
    private static IllegalArgumentException unusable(String variable) {
        return new IllegalArgumentException(variable + " must be http://[user:password@]host:port or socks5://…");
    }

    /** The proxy through which {@code target} is reached, if through any. */
    Optional<ProxyOptions> proxyFor(Target target) {
        Optional<ProxyOptions> proxy = target.tls() ? forTls : forPlain;
        return proxy.filter(p -> !isLoopback(target.host()) && exempt.stream().noneMatch(e -> covers(e, target)));
    }

    private static boolean isLoopback(String host) {
        byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
        return host.equals("localhost")
                || address != null && address.length == 4 && address[0] == 127
                || address != null && address.length == 16 && new BigInteger(1, address).equals(BigInteger.ONE);
    }

    private static boolean covers(String entry, Target target) {
        if (entry.equals("*")) {
            return true;
        }
        byte[] address = NetUtil.createByteArrayFromIpAddressString(target.host());
        if (entry.indexOf('/') > 0) {
            return address != null && isWithin(entry, address);
        }
        int colon = entry.indexOf(':') == entry.lastIndexOf(':') ? entry.indexOf(':') : entry.indexOf("]:") + 1;
        if (colon > 0 && !entry.substring(colon + 1).equals(Integer.toString(target.port()))) {
            return false;
        }
        String name = (colon > 0 ? entry.substring(0, colon) : entry).replaceAll("[\\[\\]]|^\\*(?=\\.)", "");
        if (address != null) {
            return Arrays.equals(address, NetUtil.createByteArrayFromIpAddressString(name));
        }
        return name.startsWith(".")
                ? target.host().endsWith(name)
                : target.host().equals(name) || target.host().endsWith("." + name);
    }

    private static boolean isWithin(String block, byte[] address) {
        String[] parts = block.split("/", 2);
        byte[] network = NetUtil.createByteArrayFromIpAddressString(parts[0]);
        if (network == null || network.length != address.length || !parts[1].matches("[0-9]{1,3}")) {
            return false;
        }
        int shift = 8 * address.length - Integer.parseInt(parts[1]);
        return shift >= 0
                && new BigInteger(1, network).shiftRight(shift).equals(new BigInteger(1, address).shiftRight(shift));
    }
}
