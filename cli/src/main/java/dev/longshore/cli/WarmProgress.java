package dev.longshore.cli;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * How far each image is: on a terminal a bar for each that is on its way, below a line for each that is in; elsewhere
 * those lines alone. Confined to one thread.
 */
final class WarmProgress {

    private static final int MOST_BARS = 10;
    private static final int WIDTH = 30;

    private final PrintWriter out;
    private final boolean terminal;
    private final Map<String, JsonObject> underWay = new LinkedHashMap<>();
    private final Set<String> ended = new HashSet<>();
    private int bars;

    WarmProgress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Takes a line of the mirror's: an image, how many of its bytes have come, and of how many. */
    void show(JsonObject image) {
        String name = image.getString("image");
        if (ended.contains(name)) {
            return;
        }
        clear();
        if (image.getBoolean("complete", false)) {
            end(name, StatusTable.size(image.getLong("size")) + "  in the cache");
        } else if (image.containsKey("problem")) {
            end(name, "failed: " + image.getString("problem"));
        } else {
            underWay.put(name, image);
        }
        draw();
    }

    private void end(String image, String how) {
        ended.add(image);
        underWay.remove(image);
        out.println(image + "  " + how);
    }

    private void clear() {
        if (bars > 0) {
            out.printf("\033[%dA\033[J", bars);
            bars = 0;
        }
    }

    private void draw() {
        if (terminal) {
            bars = Math.min(MOST_BARS, underWay.size());
            underWay.values().stream().limit(bars).map(WarmProgress::bar).forEach(out::println);
        }
        out.flush();
    }

    private static String bar(JsonObject image) {
        long size = image.getLong("size");
        long come = image.getLong("come");
        int full = size == 0 ? 0 : (int) (WIDTH * come / size);
        return "[%s%s] %3d%%  %s of %s  %s"
                .formatted(
                        "#".repeat(full),
                        " ".repeat(WIDTH - full),
                        size == 0 ? 0 : 100 * come / size,
                        StatusTable.size(come),
                        StatusTable.size(size),
                        image.getString("image"));
    }
}
