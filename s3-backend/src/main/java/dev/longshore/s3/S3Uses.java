package dev.longshore.s3;

import dev.longshore.oci.Digest;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * When the blobs in the bucket were used, in the bucket: nodes tell it now and then, each time in a small object, and who
 * cleans up sums up what they told. Both are lines of a digest and a time in seconds; the summary also says since when
 * uses have been watched. Thread-safe; {@link #read} and {@link #sumUp} block.
 */
final class S3Uses {

    private static final String WATCHED_SINCE = "watched-since";

    private final S3Streams streams;
    private final S3Keys keys;
    private final Clock clock;

    /**
     * What is known of uses.
     *
     * @param watchedSince before it nobody told
     * @param reports the objects that told it, besides the summary
     */
    record Known(Instant watchedSince, Map<Digest, Instant> uses, List<S3Object> reports) {}

    S3Uses(S3Streams streams, S3Keys keys, Clock clock) {
        this.streams = streams;
        this.keys = keys;
        this.clock = clock;
    }

    /** Tells that {@code blobs} are in use now. */
    Future<Void> report(Set<Digest> blobs) {
        Instant now = clock.instant();
        String lines = blobs.stream().map(digest -> line(digest, now)).collect(Collectors.joining());
        return put(keys.reports() + now.getEpochSecond() + "-" + UUID.randomUUID(), lines, Map.of());
    }

    private static String line(Digest digest, Instant time) {
        return digest + " " + time.getEpochSecond() + "\n";
    }

    private Future<Void> put(String key, String lines, Map<String, String> metadata) {
        return streams.put(key, lines.getBytes(StandardCharsets.ISO_8859_1), metadata);
    }

    /** What has been told until now; fails when any of it cannot be read. */
    Known read() {
        List<S3Object> reports = new ArrayList<>();
        Waiting.on(streams.list(keys.reports(), reports::add));
        Map<Digest, Instant> uses = new HashMap<>();
        Waiting.onEach(reports, report -> find(report.key()), found -> found.ifPresent(text -> add(text, uses)));
        // Last: a report that somebody deletes meanwhile is in his summary by then.
        Optional<ResponseBytes<GetObjectResponse>> summary = Waiting.on(find(keys.summary()));
        summary.ifPresent(text -> add(text, uses));
        Instant since = summary.flatMap(
                        found -> Optional.ofNullable(found.response().metadata().get(WATCHED_SINCE)))
                .map(Instant::parse)
                .orElseGet(clock::instant);
        return new Known(since, uses, reports);
    }

    private Future<Optional<ResponseBytes<GetObjectResponse>>> find(String key) {
        return streams.write(
                        "GET " + key,
                        client -> client.getObject(
                                request -> request.bucket(streams.bucket()).key(key),
                                AsyncResponseTransformer.toBytes()))
                .map(Optional::of)
                .recover(failure -> S3Failures.isAbsent(failure)
                        ? Future.succeededFuture(Optional.empty())
                        : Future.failedFuture(failure));
    }

    private void add(ResponseBytes<GetObjectResponse> text, Map<Digest, Instant> uses) {
        try {
            new BufferedReader(new InputStreamReader(text.asInputStream(), StandardCharsets.ISO_8859_1))
                    .lines()
                    .forEach(line -> add(line, uses));
        } catch (RegistryException | IndexOutOfBoundsException | NumberFormatException e) {
            throw new IllegalStateException("what is no report lies at " + keys.summary() + " or " + keys.reports(), e);
        }
    }

    private static void add(String line, Map<Digest, Instant> uses) {
        int end = line.indexOf(' ');
        Instant time = Instant.ofEpochSecond(Long.parseLong(line.substring(end + 1)));
        uses.merge(Digest.parse(line.substring(0, end)), time, (one, other) -> one.isAfter(other) ? one : other);
    }

    /** Keeps what is {@code known} of {@code blobs} in one object, and deletes the reports that it stands for. */
    void sumUp(Known known, Collection<StoredBlob> blobs) {
        String lines = blobs.stream()
                .filter(blob -> known.uses().containsKey(blob.digest()))
                .map(blob -> line(blob.digest(), blob.usedAt()))
                .collect(Collectors.joining());
        Waiting.on(put(
                keys.summary(),
                lines,
                Map.of(WATCHED_SINCE, known.watchedSince().toString())));
        Instant settled = clock.instant().minus(Expendable.SAFE);
        Waiting.onEach(
                known.reports().stream()
                        .filter(report -> report.lastModified().isBefore(settled))
                        .toList(),
                report -> streams.delete(report.key()),
                deleted -> {});
    }
}
