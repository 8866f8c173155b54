package dev.longshore.config;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the command line says about the configuration. Immutable.
 *
 * @param values keys, as {@code storage.directory}, and their texts
 * @param upstreams names and addresses of upstreams, which are added to the table
 */
public record Flags(Map<String, String> values, Map<String, String> upstreams) {

    public static final Flags NONE = new Flags(Map.of(), Map.of());

    public Flags {
        values = Map.copyOf(values);
        upstreams = new LinkedHashMap<>(upstreams);
    }
}
