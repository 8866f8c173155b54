package dev.longshore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.longshore.cli.RunningMirror.Download;
import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What lies on the disk: within its budget, verified, and there again after a restart. */
final class DiskTest {

    private static final String APP = "library/app";
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;
    private static final Predicate<Request> BLOB_GETS = Request.blobs().and(request -> !request.isHead());

    @TempDir
    private Path directory;

    private final FakeRegistry upstream = FakeRegistry.start();
    private final Deque<RunningMirror> running = new ArrayDeque<>();

    @AfterEach
    void stop() {
        running.forEach(RunningMirror::close);
        upstream.close();
    }

    private void start(String capacity) {
        running.add(RunningMirror.before(upstream).capacity(capacity).start(directory));
    }

    private void start() {
        start("1GiB");
    }

    private void stopMirror() {
        running.remove().close();
    }

    private RunningMirror mirror() {
        return running.element();
    }

    private static String path(String digest) {
        return "/v2/app/blobs/" + digest;
    }

    private Path file(String digest) {
        String hex = digest.substring("sha256:".length());
        return directory.resolve("docker/registry/v2/blobs/sha256/" + hex.substring(0, 2) + "/" + hex + "/data");
    }

    private void pull(String digest) {
        assertThat(mirror().digests(1, path(digest))).containsExactly(digest);
    }

    private long bytesOnDisk() {
        return Expect.files(directory.resolve("docker/registry/v2/blobs")).stream()
                .mapToLong(file -> file.toFile().length())
                .sum();
    }

    private void assertNoStrays() {
        await().untilAsserted(() ->
                assertThat(Expect.files(directory.resolve("longshore/fills"))).isEmpty());
    }

    // the budget

    @Test
    void manyBlobsStayWithinTheBudget() {
        start("1MiB");
        for (int i = 0; i < 30; i++) {
            pull(upstream.content().putGenerated(APP, i, 100 * KIB));
            assertThat(bytesOnDisk()).isLessThanOrEqualTo(MIB);
        }
        assertThat(bytesOnDisk()).as("the disk is used").isGreaterThan(MIB / 2);
        assertNoStrays();
    }

    @Test
    void aBlobThatIsLargerThanTheDiskPassesThrough() {
        start("1MiB");
        String kept = upstream.content().putGenerated(APP, 1, 100 * KIB);
        String large = upstream.content().putGenerated(APP, 2, 3 * MIB);
        keep(kept);
        pull(large);
        pull(large);
        assertThat(file(large)).doesNotExist();
        assertThat(file(kept)).exists();
        assertNoStrays();
    }

    @Test
    void aRangeOfABlobThatIsLargerThanTheDiskPassesThrough() {
        start("1MiB");
        String large = upstream.content().putGenerated(APP, 2, 3 * MIB);
        byte[] whole = mirror().get(path(large)).body();
        assertThat(mirror().get(path(large), "Range", "bytes=1000-1999").body())
                .isEqualTo(Arrays.copyOfRange(whole, 1000, 2000));
        assertThat(mirror().get(path(large), "Range", "bytes=2000000-").body())
                .isEqualTo(Arrays.copyOfRange(whole, 2_000_000, 3 * MIB));
        assertThat(mirror().get(path(large), "Range", "bytes=-10").body())
                .isEqualTo(Arrays.copyOfRange(whole, 3 * MIB - 10, 3 * MIB));
        assertNoStrays();
    }

    @Test
    void aBreakOfABlobThatIsLargerThanTheDiskIsResumed() {
        start("1MiB");
        String large = upstream.content().putGenerated(APP, 3, 3 * MIB);
        // The first question only tells that there is no space for the answer.
        upstream.next(3, Request.blobs(), Fault.cutAfter(MIB));
        pull(large);
        assertThat(upstream.log().matching(Request.blobs())).hasSize(4);
        upstream.always(Request.blobs(), Fault.cutAfter(0));
        Expect.error(mirror().get(path(large)), 502, "UPSTREAM_UNAVAILABLE");
    }

    @Test
    void aWrongBlobThatIsLargerThanTheDiskIsNeverCompleted() {
        start("1MiB");
        String large = upstream.content().putGenerated(APP, 2, 3 * MIB);
        upstream.always(Request.blobs(), Fault.flippedBit(5), Fault.rate(20 * MIB));
        for (String range : List.of("bytes=0-", "bytes=2000000-", "bytes=-40000")) {
            Download download = mirror().download(path(large), "Range", range);
            assertThat(download.complete()).as(range).isFalse();
        }
        assertThat(mirror().download(path(large)).complete()).isFalse();
        Expect.error(mirror().get(path(large), "Range", "bytes=-10"), 502, "UPSTREAM_UNAVAILABLE");
    }

    // restarts

    @Test
    void aRestartKeepsBlobsAndSweepsWhatWasUnfinished() throws IOException {
        start();
        List<String> digests = IntStream.range(0, 5)
                .mapToObj(i -> upstream.content().putGenerated(APP, i, 50 * KIB))
                .toList();
        digests.forEach(this::pull);
        stopMirror();
        Files.write(directory.resolve("longshore/fills/" + "0".repeat(64) + ".stray"), new byte[1000]);

        upstream.log().clear();
        start();
        assertNoStrays();
        digests.forEach(this::pull);
        assertThat(upstream.log().all()).isEmpty();
    }

    @Test
    void whatIsOursMayBeDeletedWhileTheMirrorIsStopped() throws IOException {
        start();
        String tagged = upstream.images().image(APP, "1", new byte[1000]).digest();
        String blob = upstream.content().putGenerated(APP, 1, 50 * KIB);
        pull(blob);
        byte[] manifest = mirror().get("/v2/app/manifests/1").body();
        stopMirror();
        try (Stream<Path> ours = Files.walk(directory.resolve("longshore"))) {
            for (Path path : (Iterable<Path>) ours.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(path);
            }
        }
        upstream.stop();
        start();
        pull(blob);
        assertThat(mirror().get("/v2/app/manifests/1").body()).isEqualTo(manifest);
        assertThat(mirror().get("/v2/app/manifests/" + tagged).body()).isEqualTo(manifest);
    }

    @Test
    void aDirectoryServesOneMirror() {
        start();
        assertThatThrownBy(this::startAnother).hasStackTraceContaining("is in use by another process");
        String digest = upstream.content().putGenerated(APP, 1, 1000);
        pull(digest);
        stopMirror();
        start();
        pull(digest);
    }

    @Test
    void aFileIsNoDirectory() throws IOException {
        Files.delete(directory);
        Files.createFile(directory);
        assertThatThrownBy(this::startAnother)
                .hasStackTraceContaining("cannot write to the storage directory " + directory)
                .hasStackTraceContaining(": Not a directory");
    }

    private void startAnother() {
        RunningMirror.of(upstream, directory).close();
    }

    // files that this mirror did not put there

    private void adopt(String digest, byte[] bytes) throws IOException {
        Files.createDirectories(file(digest).getParent());
        Files.write(file(digest), bytes);
    }

    /** Pulls it until it is on the disk: a client may have all of a blob just before it is published. */
    private void keep(String digest) {
        await().untilAsserted(() -> Expect.content(mirror().get(path(digest)), digest, "HIT"));
    }

    @Test
    void anAdoptedFileIsServedOnceItsDigestHolds() throws IOException {
        byte[] bytes = new byte[200 * KIB];
        String digest = upstream.content().putBlob(APP, bytes);
        adopt(digest, bytes);
        start();
        pull(digest);
        assertThat(upstream.log().all()).as("whether the repository has it").hasSize(1);
        assertThat(upstream.log().count(BLOB_GETS)).isZero();

        upstream.stop();
        pull(digest);
        Expect.content(mirror().get(path(digest)), digest, "HIT");
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 200 * KIB, 300 * KIB})
    void anAdoptedFileThatIsWrongIsFetchedInstead(int size) throws IOException {
        String digest = upstream.content().putGenerated(APP, 1, 200 * KIB);
        adopt(digest, new byte[size]);
        start();
        assertThat(mirror().head(path(digest)).headers().firstValue("Content-Length"))
                .hasValue("" + 200 * KIB);
        byte[] part = mirror().get(path(digest), "Range", "bytes=0-99").body();
        byte[] whole = mirror().get(path(digest)).body();
        assertThat(whole).hasSize(200 * KIB);
        assertThat(part).isEqualTo(Arrays.copyOf(whole, 100));
        pull(digest);
        await().untilAsserted(() -> assertThat(RunningMirror.digest(Files.newInputStream(file(digest))))
                .isEqualTo(digest));
    }

    @Test
    void aFileThatCannotBeOpenedIsFetchedInstead() throws IOException {
        start();
        String digest = upstream.content().putGenerated(APP, 1, 200 * KIB);
        keep(digest);
        Files.delete(file(digest));
        Files.createSymbolicLink(file(digest), file(digest)); // which goes round for ever

        pull(digest);
        await().untilAsserted(() -> assertThat(file(digest)).isRegularFile());
    }

    @Test
    void aBlobOfUnknownSizeThatIsLargerThanTheDiskPassesThrough() {
        start("20MiB");
        String large = upstream.content().putGenerated(APP, 2, 40 * MIB);
        upstream.always(Request.blobs(), Fault.withoutRanges(), Fault.withoutLength());

        pull(large);
        assertThat(file(large)).doesNotExist();
        assertNoStrays();
    }

    @Test
    void anAdoptedFileIsNotServedToARepositoryThatDoesNotHaveIt() throws IOException {
        byte[] bytes = new byte[1000];
        String digest = upstream.content().putBlob("other/app", bytes);
        adopt(digest, bytes);
        start();
        Expect.error(mirror().get(path(digest)), 404, "BLOB_UNKNOWN");
        assertThat(mirror().head(path(digest)).statusCode()).isEqualTo(404);
    }

    @Test
    void adoptedFilesCountTowardsTheBudget() throws IOException {
        for (int i = 0; i < 10; i++) {
            byte[] bytes = new byte[200 * KIB];
            bytes[0] = (byte) i;
            adopt(upstream.content().putBlob(APP, bytes), bytes);
        }
        start("1MiB");
        await().untilAsserted(() -> assertThat(bytesOnDisk()).isLessThanOrEqualTo(MIB));
    }

    @Test
    void aFileThatWasChangedBehindOurBackIsNotServedAsItIs() throws IOException {
        start();
        String digest = upstream.content().putGenerated(APP, 1, 200 * KIB);
        keep(digest);
        Files.write(file(digest), new byte[200 * KIB]);
        Files.setLastModifiedTime(file(digest), FileTime.from(Instant.now().minusSeconds(1000)));

        pull(digest);
    }

    @Test
    void aFileThatWasCutShortBehindOurBackIsNotServedAsItIs() throws IOException {
        start();
        String digest = upstream.content().putGenerated(APP, 1, 200 * KIB);
        keep(digest);
        Files.write(file(digest), new byte[10]);
        pull(digest);
    }

    @Test
    void aFileThatHasGoneIsFetchedAgain() throws IOException {
        start();
        String digest = upstream.content().putGenerated(APP, 1, 200 * KIB);
        keep(digest);
        Files.delete(file(digest));
        pull(digest);
        await().untilAsserted(() -> assertThat(file(digest)).exists());
    }
}
