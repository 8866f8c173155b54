package dev.longshore.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The keys below one path, read one by one. A value that is wrong becomes a {@link Problem} and reads as absent, so that
 * one pass finds everything; a key that nobody reads is unknown. Confined to one thread.
 */
final class Section {

    private final String path;
    private final Map<String, Node> entries;
    private final Overlay overlay;
    private final List<Problem> problems;
    private final Set<String> known = new TreeSet<>();

    Section(String path, Map<String, Node> entries, Overlay overlay, List<Problem> problems) {
        this.path = path;
        this.entries = entries;
        this.overlay = overlay;
        this.problems = problems;
    }

    static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** A value, or {@code fallback}; {@code parser} refuses by an {@link IllegalArgumentException}. */
    <T> T get(String key, T fallback, Function<String, T> parser) {
        T value = find(key, parser);
        return value == null ? fallback : value;
    }

    /** A value that must be there. */
    <T> @Nullable T require(String key, Function<String, T> parser) {
        if (!has(key)) {
            problem(key, "is missing");
        }
        return find(key, parser);
    }

    <T> @Nullable T find(String key, Function<String, T> parser) {
        Node node = node(key);
        if (node instanceof Node.Scalar scalar) {
            return parse(key, scalar, parser);
        }
        if (node != null) {
            problem(key, "a single value is expected");
        }
        return null;
    }

    /** A list, above the file separated by commas; {@code null} when there is none, or none that is right. */
    <T> @Nullable List<T> list(String key, Function<String, T> parser) {
        known.add(key);
        Node.Scalar above = overlay.at(join(path, key));
        Node node = above != null ? separated(above) : entries.get(key);
        if (node == null) {
            return null;
        }
        List<T> values = new ArrayList<>();
        for (Node item : node.asItems()) {
            T value = item(key, item, parser);
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return values;
    }

    private <T> @Nullable T item(String key, Node item, Function<String, T> parser) {
        if (item instanceof Node.Scalar scalar) {
            return parse(key, scalar, parser);
        }
        problem(key, "a list of single values is expected");
        return null;
    }

    private static Node separated(Node.Scalar scalar) {
        List<Node> items = new ArrayList<>();
        for (String text : scalar.text().split(",", -1)) {
            items.add(new Node.Scalar(text.strip(), scalar.where()));
        }
        return new Node.Items(items, scalar.where());
    }

    private <T> @Nullable T parse(String key, Node.Scalar scalar, Function<String, T> parser) {
        try {
            return parser.apply(scalar.text());
        } catch (IllegalArgumentException e) {
            problem(key, scalar.text().isEmpty() ? "has no value" : String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** A file that must be there. */
    @Nullable
    Path file(String key) {
        Path file = find(key, Section::path);
        if (file != null && !Files.isRegularFile(file)) {
            missing(key, file + " is not there");
        } else if (file != null && !Files.isReadable(file)) {
            missing(key, file + " cannot be read");
        }
        return file;
    }

    @Nullable
    Path requireFile(String key) {
        if (!has(key)) {
            problem(key, "is missing");
        }
        return file(key);
    }

    static Path path(String text) {
        return Path.of(nonEmpty(text));
    }

    static String nonEmpty(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("has no value");
        }
        return text;
    }

    /** A secret that is written out, or stands in the file that {@code key-file} names. */
    @Nullable
    Secret secret(String key) {
        List<Secret> secrets = secrets(key);
        if (secrets.size() > 1) {
            problem(key + "-file", "one line is expected");
        }
        return secrets.isEmpty() ? null : secrets.get(0);
    }

    /** As {@link #secret}, but the file may hold one a line. */
    List<Secret> secrets(String key) {
        Secret inline = find(key, Secret::of);
        String fileKey = key + "-file";
        Path file = file(fileKey);
        // Not by has(key): of the variables, that of the file stands below it.
        if (inline != null && has(fileKey)) {
            problem(fileKey, "cannot be set together with " + key);
        }
        if (inline != null) {
            return List.of(inline);
        }
        return file == null || !Files.isReadable(file) || Files.isDirectory(file) ? List.of() : lines(fileKey, file);
    }

    private List<Secret> lines(String key, Path file) {
        try {
            List<Secret> secrets = Files.readString(file, StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .map(line -> new Secret(line.strip(), file))
                    .toList();
            if (secrets.isEmpty()) {
                problem(key, file + " is empty");
            }
            return secrets;
        } catch (IOException e) {
            missing(key, file + " cannot be read");
            return List.of();
        }
    }

    /** Reads the section under {@code key} as empty when it is absent. */
    <T> T section(String key, Function<Section, T> reader) {
        return read(key, entries.get(key), reader);
    }

    /** Reads the section under {@code key} when it, or a key in it, is set. */
    <T> @Nullable T optional(String key, Function<Section, @Nullable T> reader) {
        return has(key) ? read(key, entries.get(key), reader) : null;
    }

    /** Reads {@code node} as the section under {@code key}, and reports the keys that {@code reader} did not ask for. */
    <T extends @Nullable Object> T read(String key, @Nullable Node node, Function<Section, T> reader) {
        known.add(key);
        Map<String, Node> below = node == null ? Map.of() : node.asEntries();
        if (below == null) {
            problem(key, "keys and values are expected");
            below = Map.of();
        }
        Section section = new Section(join(path, key), below, overlay, problems);
        T value = reader.apply(section);
        section.reportUnknownKeys();
        return value;
    }

    void reportUnknownKeys() {
        for (String key : entries.keySet()) {
            if (!known.contains(key)) {
                problem(
                        key,
                        "is not a key that there is"
                                + Texts.nearest(key, known)
                                        .map(near -> "; did you mean " + near + "?")
                                        .orElse(""));
            }
        }
    }

    /** The names that stand here, and what stands under each: for a table whose keys no schema lists. */
    Map<String, Node> entries() {
        return entries;
    }

    /** Whether {@code key}, or a key below it, is set. */
    boolean has(String key) {
        return entries.containsKey(key) || overlay.peek(join(path, key)) != null || overlay.reaches(join(path, key));
    }

    private @Nullable Node node(String key) {
        known.add(key);
        Node above = overlay.at(join(path, key));
        return above != null ? above : entries.get(key);
    }

    void problem(String key, String message) {
        report(Problem.Kind.INVALID, key, message);
    }

    /** Refuses {@code key}, when it is set: it is understood, but nothing stands behind it. */
    void refuse(String key) {
        if (has(key)) {
            report(Problem.Kind.UNSUPPORTED, key, "not supported by this version yet");
        }
    }

    private void missing(String key, String message) {
        report(Problem.Kind.MISSING_FILE, key, message);
    }

    void report(Problem.Kind kind, String key, String message) {
        Node above = overlay.peek(join(path, key));
        Node node = above != null ? above : entries.get(key);
        problems.add(new Problem(kind, join(path, key), message, node == null ? null : node.where()));
    }
}
