package dev.longshore.config;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The schema of the configuration, top to bottom: every key, its default, and what it must be. Confined to one thread. */
final class SettingsReader {

    private static final List<String> DEFAULT_UPSTREAMS = List.of(
            UpstreamSettings.DOCKER_HUB,
            "ghcr.io",
            "quay.io",
            "gcr.io",
            "registry.k8s.io",
            "mcr.microsoft.com",
            "public.ecr.aws");
    private static final DataSize LARGEST_DEFAULT_CAPACITY = DataSize.ofGiB(50);
    private static final DataSize SMALLEST_CAPACITY = DataSize.ofMiB(1);
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern CLUSTER_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    private static final Syntax<DataSize> CAPACITY = Syntax.atLeast(SMALLEST_CAPACITY, Syntax.SIZE, DataSize::toString);
    private static final Syntax<Duration> AGE = Syntax.atLeast(Duration.ofHours(1), Syntax.DURATION, Durations::format);

    private final @Nullable Role expected;
    private final Flags flags;
    private final Overlay overlay;
    private final ToLongFunction<Path> diskRoom;
    private final List<Problem> problems = new ArrayList<>();
    private final List<Key> keys = new ArrayList<>();

    /**
     * A reader for one role.
     *
     * @param expected {@code null} = the role that the configuration is for, by what it says of a cluster
     * @param diskRoom says how many bytes a cache in a directory could hold
     */
    SettingsReader(
            @Nullable Role expected, Map<String, String> environment, Flags flags, ToLongFunction<Path> diskRoom) {
        this.expected = expected;
        this.flags = flags;
        this.overlay = new Overlay(environment, flags);
        this.diskRoom = diskRoom;
    }

    Settings read(@Nullable Path file) throws InvalidSettings {
        Settings settings = parse(file);
        if (!problems.isEmpty()) {
            throw new InvalidSettings(problems);
        }
        return settings;
    }

    /** What the settings are as far as they can be read; only {@link #problems} says whether they may be used. */
    Settings parse(@Nullable Path file) throws InvalidSettings {
        Map<String, Node> entries = file == null ? Map.of() : new YamlReader(problems).read(text(file));
        Section root = new Section("", entries, overlay, problems, keys);
        Settings settings = settings(root);
        root.reportUnknownKeys();
        problems.addAll(overlay.problems());
        return settings;
    }

    List<Problem> problems() {
        return problems;
    }

    /** What has been asked for. */
    List<Key> keys() {
        return keys;
    }

    private static String text(Path file) throws InvalidSettings {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            String reason = e instanceof NoSuchFileException ? "is not there" : "cannot be read as UTF-8 text";
            throw new InvalidSettings(List.of(new Problem(Problem.Kind.MISSING_FILE, file.toString(), reason, null)));
        }
    }

    private Settings settings(Section root) {
        Role role = expected != null ? expected : role(root);
        int port = role == Role.CACHE_NODE ? 5100 : 5000;
        Listen listen = root.get(
                "listen", new Listen("0.0.0.0", port), Syntax.ADDRESS, "the registry API; a cache node's port is 5100");
        Duration drainTimeout = root.get(
                "drain-timeout",
                Duration.ofSeconds(60),
                Syntax.DURATION,
                "how long bodies under way may take after SIGTERM");
        TlsSettings tls = root.optional("tls", this::tls);
        AuthSettings auth = root.optional("auth", this::auth);
        OpsSettings ops = root.section("ops", section -> ops(section, listen));
        LogSettings log = root.section("log", SettingsReader::log);
        Map<String, UpstreamSettings> upstreams = root.read(
                "upstreams", upstreamTable(root.entries().get("upstreams")), section -> upstreams(section, listen));
        String defaultUpstream = defaultUpstream(root, upstreams);
        StorageSettings storage = root.section("storage", this::storage);
        ClusterSettings cluster = root.optional("cluster", section -> cluster(section, role));
        BlobDelivery delivery = root.get(
                "blob-delivery",
                BlobDelivery.PROXY,
                Syntax.choice(List.of(BlobDelivery.values())),
                "of a gateway: itself, or the owning node by a URL that holds for 15 minutes");
        if (role != Role.STANDALONE && !root.has("cluster")) {
            root.problem("cluster", "is missing: a " + role + " belongs to one");
        }
        boolean dialled = role != Role.GATEWAY;
        if (dialled && delivery == BlobDelivery.REDIRECT && (cluster == null || cluster.publicUrl() == null)) {
            root.problem("cluster.public-url", "is missing: blob-delivery: redirect sends clients there");
        }
        refuse(root, role, delivery);
        return new Settings(
                role,
                listen,
                drainTimeout,
                tls,
                auth,
                ops,
                log,
                upstreams,
                defaultUpstream,
                storage,
                cluster,
                delivery);
    }

    /** Only a node is dialled by others, and only who belongs to a cluster says anything of it. */
    private static Role role(Section root) {
        if (!root.has("cluster")) {
            return Role.STANDALONE;
        }
        return root.has("cluster", "advertise") ? Role.CACHE_NODE : Role.GATEWAY;
    }

    /** What is understood, but has nothing behind it yet: refused, for whoever asks for it relies on it. */
    private static void refuse(Section root, Role role, BlobDelivery delivery) {
        root.refuse("tls");
        root.refuse("auth");
        if (role == Role.STANDALONE) {
            if (root.has("cluster")) {
                root.report(
                        Problem.Kind.UNSUPPORTED,
                        "cluster",
                        "a standalone mirror belongs to no cluster: run cache-node or gateway");
            }
            if (delivery == BlobDelivery.REDIRECT) {
                root.refuse("blob-delivery");
            }
        }
    }

    private @Nullable TlsSettings tls(Section section) {
        Path certificate = section.requireFile("certificate", "of the registry port, in PEM");
        Path key = section.requireFile("key", "of the certificate, in PEM");
        Path clientCa = section.file("client-ca", "who signs the clients' certificates; absent = none is asked for");
        return certificate == null || key == null ? null : new TlsSettings(certificate, key, clientCa);
    }

    private @Nullable AuthSettings auth(Section section) {
        Path htpasswd = section.file("htpasswd", "names and bcrypt hashes of those who may pull");
        return htpasswd == null ? null : new AuthSettings(htpasswd);
    }

    private static OpsSettings ops(Section section, Listen registry) {
        Listen listen = section.get("listen", new Listen("0.0.0.0", 9090), Syntax.ADDRESS, "health, metrics and admin");
        if (listen.port() != 0 && listen.port() == registry.port()) {
            section.problem("listen", "has the port of the registry API");
        }
        Secret token = section.secret("token", "what admin requests carry; absent = only this machine is answered");
        return new OpsSettings(listen, token);
    }

    private static LogSettings log(Section section) {
        return new LogSettings(
                section.get(
                        "level",
                        LogSettings.Level.INFO,
                        Syntax.choice(List.of(LogSettings.Level.values())),
                        "what is worth a line on stderr"),
                section.get(
                        "format",
                        LogSettings.Format.TEXT,
                        Syntax.choice(List.of(LogSettings.Format.values())),
                        "for a person, or one object a line for a program"),
                section.get("access", true, Syntax.BOOLEAN, "whether each pull is a line"));
    }

    /** The table with its defaults, one name for each registry, and what the command line adds. */
    private Node upstreamTable(@Nullable Node listed) {
        Node written = listed == null ? defaultUpstreams() : listed;
        Map<String, Node> entries = written.asEntries();
        if (entries == null) {
            return written;
        }
        Map<String, Node> table = new LinkedHashMap<>();
        entries.forEach((name, node) -> {
            String canonical = UpstreamSettings.canonicalName(name);
            if (table.putIfAbsent(canonical, node) != null) {
                String message = "is the same registry as another entry, " + canonical;
                problems.add(new Problem(Problem.Kind.INVALID, "upstreams." + name, message, node.where()));
            }
        });
        for (String name : flags.upstreams().keySet()) {
            table.putIfAbsent(UpstreamSettings.canonicalName(name), new Node.Scalar("", "command line"));
        }
        return new Node.Table(table, written.where());
    }

    private static Node defaultUpstreams() {
        Map<String, Node> table = new LinkedHashMap<>();
        DEFAULT_UPSTREAMS.forEach(name -> table.put(name, new Node.Scalar("", "default")));
        return new Node.Table(table, "default");
    }

    private static Map<String, UpstreamSettings> upstreams(Section section, Listen listen) {
        Map<String, UpstreamSettings> upstreams = new LinkedHashMap<>();
        section.entries().forEach((name, node) -> {
            if (Syntax.isHost(name)) {
                upstreams.put(name, section.read(name, node, entry -> UpstreamReader.read(entry, name, listen)));
            } else {
                section.read(name, new Node.Scalar("", node.where()), entry -> name);
                section.problem(name, "is not a host such as ghcr.io or registry.local:5000, in lower case");
            }
        });
        return upstreams;
    }

    private static @Nullable String defaultUpstream(Section root, Map<String, UpstreamSettings> upstreams) {
        String written = root.find(
                "default-upstream", Syntax.TEXT, "for a request that names none; docker.io where it is listed");
        String name = UpstreamSettings.canonicalName(written == null ? UpstreamSettings.DOCKER_HUB : written);
        if (upstreams.containsKey(name)) {
            return name;
        }
        if (written != null) {
            root.problem("default-upstream", Texts.quote(written) + " is not one of the upstreams");
        }
        return null;
    }

    private StorageSettings storage(Section section) {
        Path directory = section.get("directory", Path.of("./data"), Syntax.PATH, "the disk tier");
        DataSize written = section.find(
                "capacity",
                CAPACITY,
                "its budget of bytes; 50GiB, or 80 % of the free disk and what the cache holds, if that is less");
        DataSize capacity = written == null ? defaultCapacity(directory) : written;
        DataSize minFree = section.get("min-free", DataSize.ofGiB(1), Syntax.SIZE, "never fill the disk past this");
        S3Settings s3 = section.optional("s3", SettingsReader::s3);
        return new StorageSettings(directory, capacity, minFree, s3);
    }

    private DataSize defaultCapacity(Path directory) {
        long most = diskRoom.applyAsLong(directory) / 10 * 8;
        return new DataSize(Math.max(SMALLEST_CAPACITY.bytes(), Math.min(most, LARGEST_DEFAULT_CAPACITY.bytes())));
    }

    private static @Nullable S3Settings s3(Section section) {
        String bucket = section.require("bucket", Syntax.matching(BUCKET, "a bucket's name"), "of the durable tier");
        String prefix = section.get("prefix", "", new Syntax<>("text", text -> text), "before every key");
        String region = section.get("region", "us-east-1", Syntax.TEXT, "of the bucket");
        URI endpoint = section.find("endpoint", Syntax.URL, "absent = AWS's for the region");
        boolean pathStyle = section.get(
                "path-style", false, Syntax.BOOLEAN, "the bucket stands in the path, as for MinIO and Ceph");
        boolean named = section.has("access-key-id");
        boolean proven = section.has("secret-access-key") || section.has("secret-access-key-file");
        String id = section.find("access-key-id", Syntax.TEXT, "absent = the default AWS chain");
        Secret secret = section.secret("secret-access-key", "of the access key");
        if (named != proven) {
            section.problem("access-key-id", "and secret-access-key belong together: one of them is missing");
        }
        S3Settings.Keys keys = id == null || secret == null ? null : new S3Settings.Keys(id, secret);
        S3Settings.Retention retention = retention(section);
        return bucket == null ? null : new S3Settings(bucket, prefix, region, endpoint, pathStyle, keys, retention);
    }

    private static S3Settings.Retention retention(Section section) {
        DataSize capacity = section.find(
                "capacity", CAPACITY, "of blobs: the least recently used are deleted first; absent = no bound");
        Duration maxAge =
                section.find("max-age", AGE, "a blob that nobody has used for so long is deleted; absent = never");
        boolean dryRun = section.get("dry-run", false, Syntax.BOOLEAN, "only say in the log what would be deleted");
        if (dryRun && !section.has("capacity") && !section.has("max-age")) {
            section.problem("dry-run", "deletes nothing anyway: neither capacity nor max-age is set");
        }
        return new S3Settings.Retention(capacity, maxAge, dryRun);
    }

    private static @Nullable ClusterSettings cluster(Section section, Role role) {
        String name = section.get(
                "name",
                "longshore",
                Syntax.matching(CLUSTER_NAME, "a cluster's name"),
                "who has another belongs to another");
        if (!section.has("secret") && !section.has("secret-file")) {
            section.problem("secret-file", "is missing");
        }
        List<Secret> secrets = section.secrets(
                "secret",
                "what its processes trust each other by; in a file a key per line: the first signs, all verify");
        Listen advertise = section.find(
                "advertise",
                Syntax.ADDRESS,
                "of a cache node: what gateways and other nodes dial; its name on the ring");
        if (advertise == null && role == Role.CACHE_NODE) {
            section.problem("advertise", "is missing: gateways dial it");
        }
        URI publicUrl = section.find(
                "public-url", Syntax.URL, "of a cache node: what clients dial when blob-delivery is redirect");
        List<Listen> members =
                section.list("members", Syntax.ADDRESS, "some nodes to find the others by, at their Hazelcast ports");
        // Both may be set: the nodes that either names are joined.
        String serviceDns = section.optional("kubernetes", SettingsReader::serviceDns);
        boolean named = members == null ? section.has("members") : !members.isEmpty();
        if (!named && serviceDns == null && role != Role.STANDALONE) {
            section.problem("members", "is missing, and kubernetes too: one of them finds the nodes");
        }
        Listen hazelcast = section.section("hazelcast", SettingsReader::hazelcast);
        return new ClusterSettings(
                name, secrets, advertise, publicUrl, members == null ? List.of() : members, serviceDns, hazelcast);
    }

    private static @Nullable String serviceDns(Section section) {
        return section.require("service-dns", Syntax.HOST, "a headless service of all nodes, by its DNS name");
    }

    private static Listen hazelcast(Section section) {
        return section.get(
                "listen", new Listen("0.0.0.0", 5701), Syntax.ADDRESS, "where nodes and gateways find a node");
    }
}
