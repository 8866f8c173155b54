package dev.longshore.gateway;

import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * The repositories that any node holds, as one list: each node tells its page, all of one length, so that none of them
 * ends before the merged one does. A node that cannot be asked is missing from it.
 */
final class CatalogOfAll {

    private static final int PATIENCE_SECONDS = 2;

    private CatalogOfAll() {}

    static Future<Listing> merged(ListingPull.Catalog pull, List<Registry> nodes) {
        List<Future<Listing>> pages = nodes.stream()
                .map(node -> node.listing(pull.limited()).timeout(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .toList();
        return Future.join(pages).transform(all -> {
            List<Listing> told =
                    pages.stream().filter(Future::succeeded).map(Future::result).toList();
            return told.isEmpty()
                    ? Future.failedFuture(new RegistryException(ErrorCode.UNAVAILABLE, "no cache node can be reached")
                            .retryAfter(Candidates.COME_AGAIN))
                    : Future.succeededFuture(page(told, pull.limit()));
        });
    }

    private static Listing page(List<Listing> pages, int limit) {
        NavigableSet<String> names = new TreeSet<>();
        boolean more = false;
        for (Listing page : pages) {
            more |= page.next().isPresent();
            page.json().toJsonObject().getJsonArray("repositories").forEach(name -> names.add((String) name));
        }
        while (names.size() > limit) {
            names.pollLast();
            more = true;
        }
        Optional<String> next = more && !names.isEmpty()
                ? Optional.of("last=" + URLEncoder.encode(names.last(), StandardCharsets.UTF_8) + "&n=" + limit)
                : Optional.empty();
        Buffer json = new JsonObject()
                .put("repositories", new JsonArray(List.copyOf(names)))
                .toBuffer();
        return new Listing("application/json", json, next, Optional.empty(), Origin.DISK);
    }
}
