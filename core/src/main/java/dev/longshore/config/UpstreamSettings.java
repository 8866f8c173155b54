package dev.longshore.config;

import dev.longshore.oci.RepositoryName;
import dev.longshore.oci.RepositoryPattern;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One registry that may be fetched from, and how. Immutable.
 *
 * @param name its key in the table: {@code docker.io}, {@code registry.local:5000}
 * @param url scheme, host and port alone
 * @param repositories what may be pulled; {@code null} = everything
 * @param tagTtl how long a tag is served without asking
 * @param staleIfError how long it is served while the upstream cannot be asked
 * @param connections at most, at once
 * @param tokenHosts where its token realm may be, besides its own host: {@code host} or {@code host:port}
 * @param ca certificates to trust besides the platform's
 * @param insecure its certificate is not checked at all
 */
public record UpstreamSettings(
        String name,
        URI url,
        @Nullable Credentials credentials,
        @Nullable List<RepositoryPattern> repositories,
        Duration tagTtl,
        Duration staleIfError,
        int connections,
        List<String> tokenHosts,
        Timeouts timeouts,
        @Nullable Path ca,
        boolean insecure) {

    static final String DOCKER_HUB = "docker.io";
    private static final URI DOCKER_HUB_URL = URI.create("https://registry-1.docker.io");
    private static final String DOCKER_HUB_TOKEN_HOST = "auth.docker.io";
    private static final List<String> DOCKER_HUB_ALIASES = List.of("index.docker.io", "registry-1.docker.io");

    public UpstreamSettings {
        repositories = repositories == null ? null : List.copyOf(repositories);
        tokenHosts = List.copyOf(tokenHosts);
        if (connections < 1) {
            throw new IllegalArgumentException("at least one connection");
        }
    }

    /** An upstream with everything at its default. */
    public static UpstreamSettings of(String name) {
        return of(name, defaultUrl(name));
    }

    /** The same at another address. */
    public static UpstreamSettings of(String name, URI url) {
        return new UpstreamSettings(
                name,
                url,
                null,
                null,
                Duration.ofSeconds(60),
                Duration.ofDays(7),
                32,
                builtInTokenHosts(name),
                Timeouts.DEFAULT,
                null,
                false);
    }

    /** The one name of a registry that has several. */
    public static String canonicalName(String name) {
        return DOCKER_HUB_ALIASES.contains(name) ? DOCKER_HUB : name;
    }

    private static URI defaultUrl(String name) {
        return name.equals(DOCKER_HUB) ? DOCKER_HUB_URL : URI.create("https://" + name);
    }

    static List<String> builtInTokenHosts(String name) {
        return name.equals(DOCKER_HUB) ? List.of(DOCKER_HUB_TOKEN_HOST) : List.of();
    }

    /** Whether the allow-list lets {@code repository} through. */
    public boolean allows(RepositoryName repository) {
        return repositories == null || repositories.stream().anyMatch(pattern -> pattern.matches(repository.path()));
    }
}
