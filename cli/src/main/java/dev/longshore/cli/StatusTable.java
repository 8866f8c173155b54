package dev.longshore.cli;

import dev.longshore.cli.Figures.Upstream;
import dev.longshore.cli.Status.NodeStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A {@link Status} as a person likes to read it. Immutable. */
final class StatusTable {

    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    private StatusTable() {}

    static String of(Status status) {
        List<List<String>> nodes = new ArrayList<>();
        nodes.add(List.of("NODE", "SHARE", "DISK", "PULLS", "HITS", "SERVED", "SAVED"));
        status.nodes().forEach(node -> nodes.add(row(node)));
        if (status.nodes().size() != 1) {
            nodes.add(row("total", "", status.total()));
        }
        List<List<String>> upstreams = new ArrayList<>();
        upstreams.add(List.of("UPSTREAM", "REQUESTS", "FETCHED", "PULLS LEFT"));
        status.total().upstreams().forEach((name, upstream) -> upstreams.add(row(name, upstream)));
        return "Longshore " + status.version() + ", " + status.role() + "\n\n" + aligned(nodes) + "\n"
                + aligned(upstreams);
    }

    private static List<String> row(NodeStatus node) {
        String share = percent(node.share());
        return node.problem()
                .map(problem -> List.of(node.name(), share, problem))
                .orElseGet(() -> row(node.name(), share, node.figures()));
    }

    private static List<String> row(String name, String share, Figures figures) {
        return List.of(
                name,
                share,
                size(figures.diskUsed()) + " of " + size(figures.diskCapacity()),
                Long.toString(figures.pulls()),
                figures.pulls() == 0 ? "-" : percent(figures.hitRatio()),
                size(figures.served()),
                size(figures.saved()));
    }

    private static List<String> row(String name, Upstream upstream) {
        return List.of(
                name,
                Long.toString(upstream.requests()),
                size(upstream.bytes()),
                upstream.remaining().isPresent()
                        ? Long.toString(upstream.remaining().getAsLong())
                        : "-");
    }

    private static String percent(double part) {
        return String.format(Locale.ROOT, "%.1f%%", 100 * part);
    }

    /** Rounded, in the unit that fits. */
    static String size(long bytes) {
        double count = bytes;
        int unit = 0;
        while (count >= 1024 && unit < UNITS.length - 1) {
            count /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 || count >= 100 ? "%.0f %s" : "%.1f %s", count, UNITS[unit]);
    }

    /** Each column as wide as its longest cell; one that ends its row may be longer. */
    private static String aligned(List<List<String>> rows) {
        int[] widths = new int[rows.get(0).size()];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size() - 1; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                boolean last = i == row.size() - 1;
                text.append(row.get(i))
                        .append(last ? "\n" : " ".repeat(widths[i] - row.get(i).length() + 3));
            }
        }
        return text.toString();
    }
}
