package dev.longshore.config;

import dev.longshore.oci.RepositoryName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration of one process, every default filled in. Immutable.
 *
 * @param listen the registry API
 * @param drainTimeout how long bodies under way may take to finish
 * @param tls {@code null} = plain HTTP
 * @param auth {@code null} = anonymous
 * @param upstreams by their names, in the order in which they were written; what is not here is not fetched
 * @param defaultUpstream for a request that names none; {@code null} = such a request is refused
 */
public record Settings(
        Role role,
        Listen listen,
        Duration drainTimeout,
        @Nullable TlsSettings tls,
        @Nullable AuthSettings auth,
        OpsSettings ops,
        LogSettings log,
        Map<String, UpstreamSettings> upstreams,
        @Nullable String defaultUpstream,
        StorageSettings storage,
        @Nullable ClusterSettings cluster,
        BlobDelivery blobDelivery) {

    public Settings {
        upstreams = Collections.unmodifiableMap(new LinkedHashMap<>(upstreams));
        if (defaultUpstream != null && !upstreams.containsKey(defaultUpstream)) {
            throw new IllegalArgumentException("the default upstream is not listed");
        }
    }

    /** What {@code role} runs with when nobody configures anything. */
    public static Settings defaults(Role role) throws InvalidSettings {
        return load(role, null, Map.of(), Flags.NONE);
    }

    /**
     * Reads the configuration: the command line above the environment above the file above the defaults.
     *
     * @param role {@code null} = the role that the configuration is for, by what it says of a cluster
     * @param file {@code null} = none
     * @throws InvalidSettings with everything that is wrong in it
     */
    public static Settings load(@Nullable Role role, @Nullable Path file, Map<String, String> environment, Flags flags)
            throws InvalidSettings {
        return new SettingsReader(role, environment, flags, DiskRoom::of).read(file);
    }

    /** Whether {@code repository} is one of an upstream's that this mirror serves. */
    public boolean serves(RepositoryName repository) {
        UpstreamSettings upstream = upstreams.get(repository.upstream());
        return upstream != null && upstream.allows(repository);
    }

    /** The same as YAML, secrets masked. */
    public String toYaml() {
        return SettingsYaml.write(this);
    }
}
