package dev.longshore.oci;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The upstreams that this mirror serves, and the names under which a client may ask for them: a closed world. Immutable.
 */
public final class UpstreamNames {

    /** Docker Hub's key. */
    public static final String DOCKER_HUB = "docker.io";

    private static final List<String> DOCKER_HUB_ALIASES = List.of("index.docker.io", "registry-1.docker.io");

    private final Map<String, String> keysByName = new HashMap<>();
    private final Optional<String> byDefault;

    private UpstreamNames(Set<String> keys, Optional<String> byDefault) {
        for (String key : keys) {
            keysByName.put(key, key);
            keysByName.put(key.replace(':', '_'), key);
        }
        if (keys.contains(DOCKER_HUB)) {
            DOCKER_HUB_ALIASES.forEach(alias -> keysByName.put(alias, DOCKER_HUB));
        }
        this.byDefault = byDefault.flatMap(this::find);
    }

    /** The upstreams of {@code keys}; {@code byDefault} serves what names none. */
    public static UpstreamNames of(Set<String> keys, Optional<String> byDefault) {
        return new UpstreamNames(keys, byDefault);
    }

    /** The key of the upstream that {@code name} stands for: the key itself, with {@code _} for its colon, or an alias. */
    public Optional<String> find(String name) {
        return Optional.ofNullable(keysByName.get(name));
    }

    /** The upstream for a request that names none. */
    public Optional<String> byDefault() {
        return byDefault;
    }
}
