package dev.longshore.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A piece of the configuration as it was written: scalars as text, and where each piece stands. Immutable. */
sealed interface Node {

    /** The line, the variable or the flag. */
    String where();

    record Scalar(String text, String where) implements Node {}

    record Items(List<Node> nodes, String where) implements Node {}

    record Table(Map<String, Node> entries, String where) implements Node {}

    /** Its entries; a key without a value is an empty table; {@code null} when it is something else. */
    default @Nullable Map<String, Node> asEntries() {
        if (this instanceof Table table) {
            return table.entries();
        }
        return this instanceof Scalar scalar && scalar.text().isEmpty() ? Map.of() : null;
    }

    /** Its items; what is no list is one item that is not a single value. */
    default List<Node> asItems() {
        return this instanceof Items items ? items.nodes() : List.of(new Items(List.of(), where()));
    }
}
