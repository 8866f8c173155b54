package dev.longshore.config;

import java.util.Locale;

/** What a process is in the whole: everything at once, one member of the cache tier, or one front door. Immutable. */
public enum Role {
    STANDALONE,
    CACHE_NODE,
    GATEWAY;

    /** As it is written on the command line: {@code cache-node}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
