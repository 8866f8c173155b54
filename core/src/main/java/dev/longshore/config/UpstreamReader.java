package dev.longshore.config;

import dev.longshore.oci.RepositoryPattern;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The schema of one upstream's entry: every key, its default, and what it must be. */
final class UpstreamReader {

    private static final Syntax<Duration> TIMEOUT = new Syntax<>("duration", UpstreamReader::timeout);
    private static final Syntax<String> USER_NAME = new Syntax<>("text", UpstreamReader::username);

    private UpstreamReader() {}

    static UpstreamSettings read(Section section, String name, Listen listen) {
        UpstreamSettings defaults = UpstreamSettings.of(name);
        return new UpstreamSettings(
                name,
                section.get("url", defaults.url(), Syntax.URL, "where it is; Docker Hub is at registry-1.docker.io"),
                credentials(section, listen),
                repositories(section, name),
                section.get(
                        "tag-ttl",
                        defaults.tagTtl(),
                        Syntax.DURATION,
                        "a tag is served without asking for so long, ±10 %"),
                section.get(
                        "stale-if-error",
                        defaults.staleIfError(),
                        Syntax.DURATION,
                        "and for so long while the upstream is down, slow or answers 429 or 5xx"),
                section.get(
                        "connections",
                        defaults.connections(),
                        Syntax.number(1, 10_000),
                        "at most, towards it and where it redirects"),
                tokenHosts(section, name),
                section.section("timeouts", UpstreamReader::timeouts),
                section.file("ca", "certificates in PEM that are trusted besides the platform's"),
                section.get("insecure", defaults.insecure(), Syntax.BOOLEAN, "its certificate is not checked"));
    }

    private static @Nullable Credentials credentials(Section section, Listen listen) {
        boolean named = section.has("username");
        boolean proven = section.has("password") || section.has("password-file");
        String username = section.find(
                "username", USER_NAME, "what the upstream knows this mirror by; only with a loopback listen");
        Secret password = section.secret("password", "of the user");
        if (named && !proven) {
            section.problem("username", "needs a password or password-file");
        }
        if (proven && !named) {
            section.problem(section.has("password") ? "password" : "password-file", "needs a username");
        }
        if (named && !listen.isLoopback()) {
            // What the mirror may read, each of its clients may: nobody asks who they are yet.
            section.report(
                    Problem.Kind.UNSUPPORTED,
                    "username",
                    "credentials are served only while listen is a loopback address: "
                            + "access control for clients is not supported by this version yet");
        }
        return username == null || password == null ? null : new Credentials(username, password);
    }

    private static @Nullable List<RepositoryPattern> repositories(Section section, String upstream) {
        List<RepositoryPattern> patterns = section.list(
                "repositories",
                new Syntax<>("pattern", text -> pattern(text, upstream)),
                "what may be pulled: `*` within a component, `**` any number of them; absent = all");
        if (patterns != null && patterns.isEmpty()) {
            section.problem("repositories", "allows nothing; leave it out to allow everything");
        }
        return patterns;
    }

    private static RepositoryPattern pattern(String text, String upstream) {
        boolean official = upstream.equals(UpstreamSettings.DOCKER_HUB) && text.indexOf('/') < 0 && !text.equals("**");
        return RepositoryPattern.parse(official ? "library/" + text : text);
    }

    private static List<String> tokenHosts(Section section, String upstream) {
        Set<String> hosts = new LinkedHashSet<>(UpstreamSettings.builtInTokenHosts(upstream));
        List<String> more = section.list(
                "token-hosts",
                Syntax.HOST,
                "where its token realm may be, besides its own host; auth.docker.io is built in");
        if (more != null) {
            hosts.addAll(more);
        }
        return List.copyOf(hosts);
    }

    private static Timeouts timeouts(Section section) {
        Timeouts defaults = Timeouts.DEFAULT;
        return new Timeouts(
                section.get("connect", defaults.connect(), TIMEOUT, "until the connection stands"),
                section.get(
                        "first-byte", defaults.firstByte(), TIMEOUT, "until the head of an answer, retries included"),
                section.get("idle", defaults.idle(), TIMEOUT, "between two pieces of a body"));
    }

    private static Duration timeout(String text) {
        Duration timeout = Durations.parse(text);
        if (timeout.isZero() || timeout.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException(Texts.quote(text) + " is not between 1ms and 1h");
        }
        return timeout;
    }

    private static String username(String text) {
        // RFC 7617, section 2.
        if (text.isEmpty() || text.indexOf(':') >= 0) {
            throw new IllegalArgumentException("a user name has no colon");
        }
        return text;
    }
}
