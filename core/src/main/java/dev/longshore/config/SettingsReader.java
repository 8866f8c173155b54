package dev.longshore.config;

import dev.longshore.oci.RepositoryPattern;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private static final Pattern HOST =
            Pattern.compile("(?=.{1,253}(?::|$))[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9]\\d{0,4})?");
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern CLUSTER_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    private final @Nullable Role expected;
    private final Flags flags;
    private final Overlay overlay;
    private final ToLongFunction<Path> diskRoom;
    private final List<Problem> problems = new ArrayList<>();

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
        Section root = new Section("", entries, overlay, problems);
        Settings settings = settings(root);
        root.reportUnknownKeys();
        problems.addAll(overlay.problems());
        return settings;
    }

    List<Problem> problems() {
        return problems;
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
        Listen listen = root.get("listen", new Listen("0.0.0.0", port), Listen::parse);
        Duration drainTimeout = root.get("drain-timeout", Duration.ofSeconds(60), Durations::parse);
        TlsSettings tls = root.optional("tls", this::tls);
        AuthSettings auth = root.optional("auth", this::auth);
        OpsSettings ops = root.section("ops", section -> ops(section, listen));
        LogSettings log = root.section("log", SettingsReader::log);
        Map<String, UpstreamSettings> upstreams = root.read(
                "upstreams", upstreamTable(root.entries().get("upstreams")), section -> upstreams(section, listen));
        String defaultUpstream = defaultUpstream(root, upstreams);
        StorageSettings storage = root.section("storage", this::storage);
        ClusterSettings cluster = root.optional("cluster", section -> cluster(section, role));
        BlobDelivery delivery = root.get("blob-delivery", BlobDelivery.PROXY, BlobDelivery::parse);
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
        return root.has("cluster.advertise") ? Role.CACHE_NODE : Role.GATEWAY;
    }

    /** What is understood, but has nothing behind it yet: refused, for whoever asks for it relies on it. */
    private static void refuse(Section root, Role role, BlobDelivery delivery) {
        root.refuse("tls");
        root.refuse("auth");
        if (role == Role.STANDALONE) {
            root.refuse("cluster");
            if (delivery == BlobDelivery.REDIRECT) {
                root.refuse("blob-delivery");
            }
        }
    }

    private @Nullable TlsSettings tls(Section section) {
        Path certificate = section.requireFile("certificate");
        Path key = section.requireFile("key");
        Path clientCa = section.file("client-ca");
        return certificate == null || key == null ? null : new TlsSettings(certificate, key, clientCa);
    }

    private @Nullable AuthSettings auth(Section section) {
        Path htpasswd = section.file("htpasswd");
        return htpasswd == null ? null : new AuthSettings(htpasswd);
    }

    private static OpsSettings ops(Section section, Listen registry) {
        Listen listen = section.get("listen", new Listen("0.0.0.0", 9090), Listen::parse);
        if (listen.port() != 0 && listen.port() == registry.port()) {
            section.problem("listen", "has the port of the registry API");
        }
        Secret token = section.secret("token");
        return new OpsSettings(listen, token);
    }

    private static LogSettings log(Section section) {
        return new LogSettings(
                section.get("level", LogSettings.Level.INFO, LogSettings.Level::parse),
                section.get("format", LogSettings.Format.TEXT, LogSettings.Format::parse),
                section.get("access", true, SettingsReader::bool));
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
            if (isHost(name)) {
                upstreams.put(name, section.read(name, node, entry -> upstream(entry, name, listen)));
            } else {
                section.read(name, new Node.Scalar("", node.where()), entry -> name);
                section.problem(name, "is not a host such as ghcr.io or registry.local:5000, in lower case");
            }
        });
        return upstreams;
    }

    private static UpstreamSettings upstream(Section section, String name, Listen listen) {
        UpstreamSettings defaults = UpstreamSettings.of(name);
        return new UpstreamSettings(
                name,
                section.get("url", defaults.url(), SettingsReader::origin),
                credentials(section, listen),
                repositories(section, name),
                section.get("tag-ttl", defaults.tagTtl(), Durations::parse),
                section.get("stale-if-error", defaults.staleIfError(), Durations::parse),
                section.get("connections", defaults.connections(), text -> number(text, 1, 10_000)),
                tokenHosts(section, name),
                section.section("timeouts", SettingsReader::timeouts),
                section.file("ca"),
                section.get("insecure", defaults.insecure(), SettingsReader::bool));
    }

    private static @Nullable Credentials credentials(Section section, Listen listen) {
        boolean named = section.has("username");
        boolean proven = section.has("password") || section.has("password-file");
        String username = section.find("username", SettingsReader::username);
        Secret password = section.secret("password");
        if (named && !proven) {
            section.problem("username", "needs a password or password-file");
        }
        if (proven && !named) {
            section.problem(section.has("password") ? "password" : "password-file", "needs a username");
        }
        if (named && !listen.isLoopback()) {
            // What the mirror may read, each of its clients may: nobody asks who they are yet.
            section.report(
                    Problem.Kind.UNSUPPORTED,
                    "username",
                    "credentials are served only while listen is a loopback address: "
                            + "access control for clients is not supported by this version yet");
        }
        return username == null || password == null ? null : new Credentials(username, password);
    }

    private static String username(String text) {
        // RFC 7617, section 2.
        if (text.indexOf(':') >= 0) {
            throw new IllegalArgumentException("a user name has no colon");
        }
        return Section.nonEmpty(text);
    }

    private static @Nullable List<RepositoryPattern> repositories(Section section, String upstream) {
        List<RepositoryPattern> patterns = section.list("repositories", text -> pattern(text, upstream));
        if (patterns != null && patterns.isEmpty()) {
            section.problem("repositories", "allows nothing; leave it out to allow everything");
        }
        return patterns;
    }

    private static RepositoryPattern pattern(String text, String upstream) {
        boolean official = upstream.equals(UpstreamSettings.DOCKER_HUB) && text.indexOf('/') < 0 && !text.equals("**");
        return RepositoryPattern.parse(official ? "library/" + text : text);
    }

    private static List<String> tokenHosts(Section section, String upstream) {
        Set<String> hosts = new LinkedHashSet<>(UpstreamSettings.builtInTokenHosts(upstream));
        List<String> more = section.list("token-hosts", SettingsReader::host);
        if (more != null) {
            hosts.addAll(more);
        }
        return List.copyOf(hosts);
    }

    private static Timeouts timeouts(Section section) {
        Timeouts defaults = Timeouts.DEFAULT;
        return new Timeouts(
                section.get("connect", defaults.connect(), SettingsReader::timeout),
                section.get("first-byte", defaults.firstByte(), SettingsReader::timeout),
                section.get("idle", defaults.idle(), SettingsReader::timeout));
    }

    private static @Nullable String defaultUpstream(Section root, Map<String, UpstreamSettings> upstreams) {
        String written = root.find("default-upstream", Section::nonEmpty);
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
        Path directory = section.get("directory", Path.of("./data"), Section::path);
        DataSize written = section.find("capacity", SettingsReader::capacity);
        DataSize capacity = written == null ? defaultCapacity(directory) : written;
        DataSize minFree = section.get("min-free", DataSize.ofGiB(1), DataSize::parse);
        S3Settings s3 = section.optional("s3", SettingsReader::s3);
        return new StorageSettings(directory, capacity, minFree, s3);
    }

    private static DataSize capacity(String text) {
        DataSize capacity = DataSize.parse(text);
        if (capacity.compareTo(SMALLEST_CAPACITY) < 0) {
            throw new IllegalArgumentException(Texts.quote(text) + " is less than " + SMALLEST_CAPACITY);
        }
        return capacity;
    }

    private DataSize defaultCapacity(Path directory) {
        long most = diskRoom.applyAsLong(directory) / 10 * 8;
        return new DataSize(Math.max(SMALLEST_CAPACITY.bytes(), Math.min(most, LARGEST_DEFAULT_CAPACITY.bytes())));
    }

    private static @Nullable S3Settings s3(Section section) {
        String bucket = section.require("bucket", text -> matching(text, BUCKET, "a bucket's name"));
        String prefix = section.get("prefix", "", text -> text);
        String region = section.get("region", "us-east-1", Section::nonEmpty);
        URI endpoint = section.find("endpoint", SettingsReader::origin);
        boolean pathStyle = section.get("path-style", false, SettingsReader::bool);
        boolean named = section.has("access-key-id");
        boolean proven = section.has("secret-access-key") || section.has("secret-access-key-file");
        String id = section.find("access-key-id", Section::nonEmpty);
        Secret secret = section.secret("secret-access-key");
        if (named != proven) {
            section.problem("access-key-id", "and secret-access-key belong together: one of them is missing");
        }
        S3Settings.Keys keys = id == null || secret == null ? null : new S3Settings.Keys(id, secret);
        S3Settings.Retention retention = retention(section);
        return bucket == null ? null : new S3Settings(bucket, prefix, region, endpoint, pathStyle, keys, retention);
    }

    private static S3Settings.Retention retention(Section section) {
        DataSize capacity = section.find("capacity", SettingsReader::capacity);
        Duration maxAge = section.find("max-age", SettingsReader::age);
        boolean dryRun = section.get("dry-run", false, SettingsReader::bool);
        if (dryRun && !section.has("capacity") && !section.has("max-age")) {
            section.problem("dry-run", "deletes nothing anyway: neither capacity nor max-age is set");
        }
        return new S3Settings.Retention(capacity, maxAge, dryRun);
    }

    private static Duration age(String text) {
        Duration age = Durations.parse(text);
        if (age.compareTo(Duration.ofHours(1)) < 0) {
            throw new IllegalArgumentException(Texts.quote(text) + " is less than 1h");
        }
        return age;
    }

    private static @Nullable ClusterSettings cluster(Section section, Role role) {
        String name = section.get("name", "longshore", text -> matching(text, CLUSTER_NAME, "a cluster's name"));
        if (!section.has("secret") && !section.has("secret-file")) {
            section.problem("secret-file", "is missing");
        }
        List<Secret> secrets = section.secrets("secret");
        Listen advertise = section.find("advertise", Listen::parse);
        if (advertise == null && role == Role.CACHE_NODE) {
            section.problem("advertise", "is missing: gateways dial it");
        }
        URI publicUrl = section.find("public-url", SettingsReader::origin);
        List<Listen> members = section.list("members", Listen::parse);
        // Both may be set: the nodes that either names are joined.
        String serviceDns = section.optional("kubernetes", SettingsReader::serviceDns);
        if (members == null && serviceDns == null && role != Role.STANDALONE) {
            section.problem("members", "is missing, and kubernetes too: one of them finds the nodes");
        }
        Listen hazelcast = section.section("hazelcast", SettingsReader::hazelcast);
        return new ClusterSettings(
                name, secrets, advertise, publicUrl, members == null ? List.of() : members, serviceDns, hazelcast);
    }

    private static @Nullable String serviceDns(Section section) {
        return section.require("service-dns", SettingsReader::host);
    }

    private static Listen hazelcast(Section section) {
        return section.get("listen", new Listen("0.0.0.0", 5701), Listen::parse);
    }

    /** A URL of a scheme, a host and perhaps a port; never quoted back, since there may be a password in it. */
    private static URI origin(String text) {
        try {
            URI url = new URI(text);
            boolean web = "https".equals(url.getScheme()) || "http".equals(url.getScheme());
            if (!web || url.getHost() == null || url.getPort() == 0 || url.getPort() > 65535) {
                throw new IllegalArgumentException("is not a URL such as https://registry.example.com:5000");
            }
            if (url.getRawUserInfo() != null) {
                throw new IllegalArgumentException(
                        "a URL has no user and no password in it: they have keys of their own");
            }
            String path = url.getRawPath();
            if (!path.isEmpty() && !path.equals("/") || url.getRawQuery() != null || url.getRawFragment() != null) {
                throw new IllegalArgumentException("a URL ends with its host and port");
            }
            return new URI(url.getScheme(), null, url.getHost(), url.getPort(), null, null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("is not a URL such as https://registry.example.com:5000", e);
        }
    }

    private static String host(String text) {
        if (!isHost(text)) {
            throw new IllegalArgumentException(
                    Texts.quote(text) + " is not a host such as ghcr.io or registry.local:5000");
        }
        return text;
    }

    private static boolean isHost(String text) {
        int colon = text.indexOf(':');
        return HOST.matcher(text).matches()
                && !text.contains("..")
                && (colon < 0 || Integer.parseInt(text.substring(colon + 1)) <= 65535);
    }

    private static String matching(String text, Pattern syntax, String what) {
        if (!syntax.matcher(text).matches()) {
            throw new IllegalArgumentException(Texts.quote(text) + " is not " + what);
        }
        return text;
    }

    private static Duration timeout(String text) {
        Duration timeout = Durations.parse(text);
        if (timeout.isZero() || timeout.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException(Texts.quote(text) + " is not between 1ms and 1h");
        }
        return timeout;
    }

    private static Integer number(String text, int least, int most) {
        if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
            throw new IllegalArgumentException(Texts.quote(text) + " is not a number from " + least + " to " + most);
        }
        return Integer.parseInt(text);
    }

    private static Boolean bool(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException(Texts.quote(text) + " is neither true nor false");
        }
        return Boolean.valueOf(text);
    }
}
