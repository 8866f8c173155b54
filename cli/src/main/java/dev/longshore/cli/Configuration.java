package dev.longshore.cli;

import dev.longshore.config.Flags;
import dev.longshore.config.InvalidSettings;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of every command that reads the configuration. Confined to one thread. */
final class Configuration {

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration, in YAML; defaults without it.")
    private @Nullable Path file;

    /** @param role {@code null} = whatever the configuration is for */
    Settings load(@Nullable Role role, Flags flags) throws InvalidSettings {
        return Settings.load(role, file, System.getenv(), flags);
    }

    @Nullable
    Path file() {
        return file;
    }
}
