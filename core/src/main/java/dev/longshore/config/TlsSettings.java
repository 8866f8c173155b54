package dev.longshore.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the registry port proves itself with, in PEM files. Immutable.
 *
 * @param clientCa who signs the clients' certificates; {@code null} = none is asked for
 */
public record TlsSettings(
        Path certificate, Path key, @Nullable Path clientCa) {}
