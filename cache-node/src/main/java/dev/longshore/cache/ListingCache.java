package dev.longshore.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.http.SingleFlight;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.Listing;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.Origin;
import dev.longshore.oci.Registry;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists of tags and referrers are passed through, once for everyone who asks at the same time; the last answer is kept
 * for when the upstream cannot be asked. The catalog is this cache's own. Thread-safe.
 */
final class ListingCache {

    private static final Logger log = LoggerFactory.getLogger(ListingCache.class);
    private static final long KEPT_BYTES = 64 << 20;
    private static final String WALK = "the catalog";

    private final NegativeCache refusals;
    private final Layout layout;
    private final WorkerExecutor workers;
    private final DiskLinks links;
    private final Registry upstream;
    private final Map<String, UpstreamSettings> policies;
    private final Clock clock;
    private final SingleFlight<Object, Listing> flights;
    private final SingleFlight<String, NavigableSet<String>> walks;
    private final Cache<Path, Integer> kept;

    ListingCache(
            Vertx vertx,
            NegativeCache refusals,
            Layout layout,
            WorkerExecutor workers,
            DiskLinks links,
            Registry upstream,
            Map<String, UpstreamSettings> policies,
            Clock clock) {
        this.flights = new SingleFlight<>(vertx);
        this.walks = new SingleFlight<>(vertx);
        this.refusals = refusals;
        this.layout = layout;
        this.workers = workers;
        this.links = links;
        this.upstream = upstream;
        this.policies = policies;
        this.clock = clock;
        this.kept = Caffeine.newBuilder()
                .maximumWeight(KEPT_BYTES)
                .weigher((Path file, Integer size) -> size + 4096)
                .evictionListener((file, size, cause) -> delete(Objects.requireNonNull(file)))
                .executor(Runnable::run)
                .build();
    }

    /** Counts what an earlier process kept. Blocking. */
    void adopt() {
        try (Stream<Path> files = Files.list(Files.createDirectories(layout.listings()))) {
            files.forEach(file -> kept.put(file, (int) file.toFile().length()));
        } catch (IOException e) {
            log.warn("cannot look through {}: {}", layout.listings(), e.toString());
        }
    }

    Future<Listing> get(ListingPull pull) {
        if (pull instanceof ListingPull.Tags tags) {
            List<Object> question = List.of("tags", tags.repository(), tags.query());
            return ask(pull, tags.repository(), question);
        }
        if (pull instanceof ListingPull.Referrers referrers) {
            List<Object> question =
                    List.of("referrers", referrers.repository(), referrers.subject(), referrers.query());
            return ask(pull, referrers.repository(), question);
        }
        return catalog((ListingPull.Catalog) pull);
    }

    private Future<Listing> ask(ListingPull pull, RepositoryName repository, List<Object> question) {
        Path file = layout.listings()
                .resolve(Digest.of(question.toString().getBytes(StandardCharsets.UTF_8))
                        .hex());
        Future<Listing> answer = flights.join(
                        question,
                        () -> refusals.unlessRefused(
                                question, () -> upstream.listing(pull).compose(listing -> keep(file, listing))))
                .answer();
        if (kept.getIfPresent(file) == null) {
            return answer.recover(failure -> stale(file, repository, failure));
        }
        // What is kept may be too old, or have gone: then the upstream has all its time after all.
        return answer.timeout(TaggedManifests.SLOW.toMillis(), TimeUnit.MILLISECONDS)
                .recover(failure -> stale(file, repository, failure)
                        .recover(none -> failure instanceof TimeoutException ? answer : Future.failedFuture(none)));
    }

    private Future<Listing> keep(Path file, Listing listing) {
        return workers.executeBlocking(
                () -> {
                    byte[] text = Kept.write(listing).getBytes();
                    Path fresh = file.resolveSibling("." + UUID.randomUUID());
                    try {
                        Files.createDirectories(layout.listings());
                        Files.write(fresh, text);
                        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
                        kept.put(file, text.length);
                    } catch (IOException e) {
                        log.debug("cannot keep a list: {}", e.toString());
                    }
                    return listing;
                },
                false);
    }

    private Future<Listing> stale(Path file, RepositoryName repository, Throwable failure) {
        boolean unreachable = failure instanceof TimeoutException
                || failure instanceof RegistryException outage && outage.unreachable();
        if (!unreachable) {
            return Future.failedFuture(failure);
        }
        return workers.executeBlocking(
                () -> {
                    try {
                        Instant keptAt = Files.getLastModifiedTime(file).toInstant();
                        UpstreamSettings policy = Objects.requireNonNull(policies.get(repository.upstream()));
                        if (clock.instant().isBefore(keptAt.plus(policy.staleIfError()))) {
                            return Kept.read(Buffer.buffer(Files.readAllBytes(file)));
                        }
                    } catch (IOException | DecodeException e) {
                        log.debug("no list is kept: {}", e.toString());
                    }
                    throw failure instanceof RegistryException outage
                            ? outage
                            : new RegistryException(ErrorCode.UPSTREAM_TIMEOUT);
                },
                false);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.debug("cannot delete {}: {}", file, e.toString());
        }
    }

    private Future<Listing> catalog(ListingPull.Catalog pull) {
        // One walk of the disk at a time, however many ask.
        return walks.join(WALK, links::repositories).answer().map(names -> catalog(names, pull));
    }

    private static Listing catalog(NavigableSet<String> all, ListingPull.Catalog pull) {
        int limit = pull.limit();
        Set<String> rest = pull.page()
                .last()
                .<Set<String>>map(last -> all.tailSet(last, false))
                .orElse(all);
        List<String> names = rest.stream().limit(limit).toList();
        Optional<String> next = rest.size() > limit
                ? Optional.of("last=" + names.get(names.size() - 1) + "&n=" + limit)
                : Optional.empty();
        JsonObject json = new JsonObject().put("repositories", new JsonArray(names));
        return new Listing("application/json", json.toBuffer(), next, Optional.empty(), Origin.DISK);
    }

    /** The form in which a list is kept. */
    private static final class Kept {

        static Buffer write(Listing listing) {
            JsonObject form = new JsonObject()
                    .put("mediaType", listing.mediaType())
                    .put("json", listing.json().getBytes());
            listing.next().ifPresent(next -> form.put("next", next));
            listing.filtersApplied().ifPresent(filters -> form.put("filters", filters));
            return form.toBuffer();
        }

        static Listing read(Buffer text) {
            JsonObject form = text.toJsonObject();
            return new Listing(
                    form.getString("mediaType"),
                    Buffer.buffer(form.getBinary("json")),
                    Optional.ofNullable(form.getString("next")),
                    Optional.ofNullable(form.getString("filters")),
                    Origin.STALE);
        }
    }
}
