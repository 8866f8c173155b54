package dev.longshore.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns a YAML document into {@link Node}s. It goes by the parser's events because a tree of Jackson's knows neither lines
 * nor how a number was spelt. Confined to one thread.
 */
final class YamlReader {

    private final List<Problem> problems;

    YamlReader(List<Problem> problems) {
        this.problems = problems;
    }

    /** The entries of the document; of what is not YAML nothing more can be said. */
    Map<String, Node> read(String yaml) throws InvalidSettings {
        try (YAMLParser parser = new YAMLFactory().createParser(yaml)) {
            if (parser.nextToken() == null) {
                return Map.of();
            }
            Node root = node(parser, "");
            if (parser.nextToken() != null) {
                problem("", "one YAML document is expected", line(parser));
            }
            Map<String, Node> entries = root.asEntries();
            if (entries == null) {
                problem("", "keys and values are expected", root.where());
                return Map.of();
            }
            return entries;
        } catch (JsonProcessingException e) {
            // Its first line alone: the others quote the file, and there may be a password in it.
            String message = e.getOriginalMessage().lines().findFirst().orElse("");
            problem("", "not YAML: " + message, "line " + e.getLocation().getLineNr());
            throw new InvalidSettings(problems);
        } catch (IOException e) {
            throw new IllegalStateException("a text in memory can be read", e);
        }
    }

    private Node node(YAMLParser parser, String path) throws IOException {
        String where = line(parser);
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            return new Node.Table(entries(parser, path), where);
        }
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            List<Node> nodes = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                nodes.add(node(parser, path));
            }
            return new Node.Items(nodes, where);
        }
        if (parser.isCurrentAlias()) {
            problem(path, "YAML aliases are not followed", where);
        }
        boolean empty = parser.currentToken() == JsonToken.VALUE_NULL;
        return new Node.Scalar(empty ? "" : parser.getText(), where);
    }

    private Map<String, Node> entries(YAMLParser parser, String path) throws IOException {
        Map<String, Node> entries = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            String keyPath = Section.join(path, key);
            parser.nextToken();
            Node value = node(parser, keyPath);
            Node earlier = entries.putIfAbsent(key, value);
            if (earlier != null) {
                problem(keyPath, "is already set on " + earlier.where(), value.where());
            }
        }
        return entries;
    }

    private void problem(String path, String message, String where) {
        problems.add(new Problem(Problem.Kind.INVALID, path, message, where));
    }

    private static String line(JsonParser parser) {
        return "line " + parser.currentTokenLocation().getLineNr();
    }
}
