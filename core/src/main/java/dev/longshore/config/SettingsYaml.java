package dev.longshore.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes settings as the file that would give them, secrets masked unless they stand in files. Immutable. */
final class SettingsYaml {

    private final Map<String, Object> entries = new LinkedHashMap<>();

    private SettingsYaml() {}

    static String write(Settings settings) {
        try {
            return new ObjectMapper(new YAMLFactory()
                            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER))
                    .writeValueAsString(settings(settings).entries);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("maps and texts can be written", e);
        }
    }

    private static SettingsYaml settings(Settings settings) {
        SettingsYaml upstreams = new SettingsYaml();
        settings.upstreams().forEach((name, upstream) -> upstreams.section(name, upstream(upstream)));
        TlsSettings tls = settings.tls();
        AuthSettings auth = settings.auth();
        ClusterSettings cluster = settings.cluster();
        return new SettingsYaml()
                .put("listen", settings.listen())
                .put("drain-timeout", Durations.format(settings.drainTimeout()))
                .section("tls", tls == null ? null : tls(tls))
                .section("auth", auth == null ? null : new SettingsYaml().put("htpasswd", auth.htpasswd()))
                .section("ops", ops(settings.ops()))
                .section("log", log(settings.log()))
                .section("upstreams", upstreams)
                .put("default-upstream", settings.defaultUpstream())
                .section("storage", storage(settings.storage()))
                .section("cluster", cluster == null ? null : cluster(cluster))
                .put("blob-delivery", settings.blobDelivery());
    }

    private static SettingsYaml tls(TlsSettings tls) {
        return new SettingsYaml()
                .put("certificate", tls.certificate())
                .put("key", tls.key())
                .put("client-ca", tls.clientCa());
    }

    private static SettingsYaml ops(OpsSettings ops) {
        return new SettingsYaml().put("listen", ops.listen()).secret("token", ops.token());
    }

    private static SettingsYaml log(LogSettings log) {
        return new SettingsYaml()
                .put("level", log.level())
                .put("format", log.format())
                .value("access", log.access());
    }

    private static SettingsYaml upstream(UpstreamSettings upstream) {
        Credentials credentials = upstream.credentials();
        SettingsYaml timeouts = new SettingsYaml()
                .put("connect", Durations.format(upstream.timeouts().connect()))
                .put("first-byte", Durations.format(upstream.timeouts().firstByte()))
                .put("idle", Durations.format(upstream.timeouts().idle()));
        return new SettingsYaml()
                .put("url", upstream.url())
                .put("username", credentials == null ? null : credentials.username())
                .secret("password", credentials == null ? null : credentials.password())
                .list("repositories", upstream.repositories())
                .put("tag-ttl", Durations.format(upstream.tagTtl()))
                .put("stale-if-error", Durations.format(upstream.staleIfError()))
                .value("connections", upstream.connections())
                .list("token-hosts", upstream.tokenHosts())
                .section("timeouts", timeouts)
                .put("ca", upstream.ca())
                .value("insecure", upstream.insecure());
    }

    private static SettingsYaml storage(StorageSettings storage) {
        S3Settings s3 = storage.s3();
        return new SettingsYaml()
                .put("directory", storage.directory())
                .put("capacity", storage.capacity())
                .put("min-free", storage.minFree())
                .section("s3", s3 == null ? null : s3(s3));
    }

    private static SettingsYaml s3(S3Settings s3) {
        S3Settings.Keys keys = s3.keys();
        Duration maxAge = s3.retention().maxAge();
        return new SettingsYaml()
                .put("bucket", s3.bucket())
                .put("prefix", s3.prefix())
                .put("region", s3.region())
                .put("endpoint", s3.endpoint())
                .value("path-style", s3.pathStyle())
                .put("access-key-id", keys == null ? null : keys.accessKeyId())
                .secret("secret-access-key", keys == null ? null : keys.secretAccessKey())
                .put("capacity", s3.retention().capacity())
                .put("max-age", maxAge == null ? null : Durations.format(maxAge))
                .value("dry-run", s3.retention().dryRun());
    }

    private static SettingsYaml cluster(ClusterSettings cluster) {
        String serviceDns = cluster.serviceDns();
        return new SettingsYaml()
                .put("name", cluster.name())
                .secret("secret", cluster.secrets().get(0))
                .put("advertise", cluster.advertise())
                .put("public-url", cluster.publicUrl())
                .list("members", cluster.members())
                .section("kubernetes", serviceDns == null ? null : new SettingsYaml().put("service-dns", serviceDns))
                .section("hazelcast", new SettingsYaml().put("listen", cluster.hazelcast()));
    }

    private SettingsYaml section(String key, @Nullable SettingsYaml section) {
        return value(key, section == null ? null : section.entries);
    }

    private SettingsYaml secret(String key, @Nullable Secret secret) {
        return secret != null && secret.file() != null ? put(key + "-file", secret.file()) : put(key, secret);
    }

    private SettingsYaml list(String key, @Nullable Collection<?> values) {
        List<String> texts = values == null
                ? List.of()
                : values.stream().map(Object::toString).toList();
        return texts.isEmpty() ? this : value(key, texts);
    }

    private SettingsYaml put(String key, @Nullable Object value) {
        return value(key, value == null ? null : value.toString());
    }

    private SettingsYaml value(String key, @Nullable Object value) {
        if (value != null) {
            entries.put(key, value);
        }
        return this;
    }
}
