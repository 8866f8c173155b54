package dev.longshore.upstream;

import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a request goes. The path and query stay as they were written: a signed URL is a string, and decoding it would
 * break the signature. It prints without its query, which may be the signature. Immutable.
 *
 * @param host without the brackets of an IPv6 address
 * @param uri path and query
 */
record Target(boolean tls, String host, int port, String uri) {

    private static final Pattern ABSOLUTE =
            Pattern.compile("(?i)(https?)://(\\[[0-9a-f:.]+]|[a-z0-9._-]+)(?::([0-9]{1,5}))?([/?][^#]*)?(?:#.*)?");
    private static final Pattern UNSAFE = Pattern.compile("[^!-~]");

    /** The root of a registry. */
    static Target of(URI url) {
        return parse(url.toString()).at("/");
    }

    /** Parses an absolute URL; throws {@link IllegalArgumentException}, which does not repeat it, for anything else. */
    static Target parse(String url) {
        Matcher matcher = ABSOLUTE.matcher(url);
        if (UNSAFE.matcher(url).find() || !matcher.matches()) {
            throw new IllegalArgumentException("not an absolute http or https URL");
        }
        boolean tls = matcher.group(1).equalsIgnoreCase("https");
        String host = matcher.group(2).toLowerCase(Locale.ROOT).replaceAll("[\\[\\]]", "");
        int port = matcher.group(3) == null ? tls ? 443 : 80 : Integer.parseInt(matcher.group(3));
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("not a port");
        }
        String rest = matcher.group(4) == null ? "/" : matcher.group(4);
        return new Target(tls, host, port, rest.startsWith("?") ? "/" + rest : rest);
    }

    /** The same place, another path and query. */
    Target at(String other) {
        return new Target(tls, host, port, other);
    }

    /** Where {@code location} leads from here. Source: RFC 3986, section 5.2. */
    Target follow(String location) {
        if (ABSOLUTE.matcher(location).matches()) {
            return parse(location);
        }
        if (location.startsWith("//")) {
            return parse((tls ? "https:" : "http:") + location);
        }
        if (UNSAFE.matcher(location).find() || location.isEmpty() || location.matches("(?i)[a-z][a-z0-9+.-]*:.*")) {
            throw new IllegalArgumentException("not a location");
        }
        String path = uri.split("\\?", 2)[0];
        return at(location.startsWith("/") ? location : path.substring(0, path.lastIndexOf('/') + 1) + location);
    }

    boolean sameOrigin(Target other) {
        return tls == other.tls && host.equals(other.host) && port == other.port;
    }

    RequestOptions request() {
        return new RequestOptions().setSsl(tls).setHost(host).setPort(port).setURI(uri);
    }

    /** {@code host}, or {@code host:port} where the port is not the scheme's own; as {@code Host} has it. */
    String authority() {
        String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
        return port == (tls ? 443 : 80) ? name : name + ":" + port;
    }

    @Override
    public String toString() {
        return (tls ? "https://" : "http://") + authority() + uri.split("\\?", 2)[0];
    }
}
