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
    private final List<Key> keys;
    private final Set<String> known = new TreeSet<>();

    /** @param keys what is read, in that order, for the reference */
    Section(String path, Map<String, Node> entries, Overlay overlay, List<Problem> problems, List<Key> keys) {
        this.path = path;
        this.entries = entries;
        this.overlay = overlay;
        this.problems = problems;
        this.keys = keys;
    }

    static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** A value, or {@code fallback}. */
    <T> T get(String key, T fallback, Syntax<T> syntax, String meaning) {
        T value = read(key, fallback, syntax, meaning);
        return value == null ? fallback : value;
    }

    /** A value that must be there. */
    <T> @Nullable T require(String key, Syntax<T> syntax, String meaning) {
        requireKey(key);
        return find(key, syntax, meaning);
    }

    private void requireKey(String key) {
        if (!has(key)) {
            problem(key, "is missing");
        }
    }

    <T> @Nullable T find(String key, Syntax<T> syntax, String meaning) {
        return read(key, null, syntax, meaning);
    }

    private <T> @Nullable T read(String key, @Nullable T fallback, Syntax<T> syntax, String meaning) {
        keys.add(new Key(join(path, key), syntax.name(), fallback, meaning));
        Node node = node(key);
        if (node instanceof Node.Scalar scalar) {
            return parse(key, scalar, syntax);
        }
        if (node != null) {
            problem(key, "a single value is expected");
        }
        return null;
    }

    /** A list, above the file separated by commas; {@code null} when there is none, or none that is right. */
    <T> @Nullable List<T> list(String key, Syntax<T> syntax, String meaning) {
        keys.add(new Key(join(path, key), syntax.name() + ", …", null, meaning));
        known.add(key);
        Node.Scalar above = overlay.at(join(path, key));
        Node node = above != null ? separated(above) : entries.get(key);
        if (node == null) {
            return null;
        }
        List<T> values = new ArrayList<>();
        for (Node item : node.asItems()) {
            T value = item(key, item, syntax);
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return values;
    }

    private <T> @Nullable T item(String key, Node item, Syntax<T> syntax) {
        if (item instanceof Node.Scalar scalar) {
            return parse(key, scalar, syntax);
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

    private <T> @Nullable T parse(String key, Node.Scalar scalar, Syntax<T> syntax) {
        try {
            return syntax.parser().apply(scalar.text());
        } catch (IllegalArgumentException e) {
            problem(key, scalar.text().isEmpty() ? "has no value" : String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** A file that must be there. */
    @Nullable
    Path file(String key, String meaning) {
        Path file = find(key, Syntax.PATH, meaning);
        if (file != null && !Files.isRegularFile(file)) {
            missing(key, file + " is not there");
        } else if (file != null && !Files.isReadable(file)) {
            missing(key, file + " cannot be read");
        }
        return file;
    }

    @Nullable
    Path requireFile(String key, String meaning) {
        requireKey(key);
        return file(key, meaning);
    }

    /** A secret that is written out, or stands in the file that {@code key-file} names. */
    @Nullable
    Secret secret(String key, String meaning) {
        List<Secret> secrets = secrets(key, meaning);
        if (secrets.size() > 1) {
            problem(key + "-file", "one line is expected");
        }
        return secrets.isEmpty() ? null : secrets.get(0);
    }

    /** As {@link #secret}, but the file may hold one a line. */
    List<Secret> secrets(String key, String meaning) {
        Secret inline = find(key, Syntax.SECRET, meaning);
        String fileKey = key + "-file";
        Path file = file(fileKey, "the same, in a file");
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
        Section section = new Section(join(path, key), below, overlay, problems, keys);
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

    /** Whether {@code key} of the section {@code name} is set. */
    boolean has(String name, String key) {
        Node section = entries.get(name);
        Map<String, Node> below = section == null ? null : section.asEntries();
        return below != null && below.containsKey(key) || has(join(name, key));
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
