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

    Settings load(Flags flags) throws InvalidSettings {
        return Settings.load(Role.STANDALONE, file, System.getenv(), flags);
    }

    @Nullable
    Path file() {
        return file;
    }
}
