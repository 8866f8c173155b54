package dev.longshore.upstream;

import static dev.longshore.upstream.UpstreamFixture.REPOSITORY;
import static dev.longshore.upstream.UpstreamFixture.assertRefused;
import static dev.longshore.upstream.UpstreamFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.RangeRequest;
import dev.longshore.loadtest.Body;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Request;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class UpstreamBlobTest {

    private static final int SIZE = 5_000_000;
    private static final RangeRequest FIRST_MILLION = RangeRequest.of(0, 1_000_000);

    private final UpstreamFixture upstream = new UpstreamFixture();
    private final Buffer bytes = Body.generated(7, SIZE).read(0, SIZE);
    private final String digest = upstream.fake.content().putGenerated(REPOSITORY, 7, SIZE);

    @AfterEach
    void close() {
        upstream.close();
    }

    @Test
    void wholeBlobCostsOneRequest() {
        Blob blob = await(upstream.blob(digest, RangeRequest.WHOLE));

        assertThat(blob.size()).hasValue(SIZE);
        assertThat(blob.seekable()).isFalse();
        assertThat(upstream.read(blob, 0, SIZE)).isEqualTo(bytes);
        assertThat(upstream.fake.log().all()).hasSize(1);
    }

    @Test
    void headCostsAHead() {
        Blob blob = await(upstream.blobHead(digest));

        assertThat(blob.size()).hasValue(SIZE);
        assertThat(upstream.fake.log().all())
                .singleElement()
                .satisfies(exchange -> assertThat(exchange.request().isHead()).isTrue());
    }

    @Test
    void answerToARangeTellsTheSizeAndIsUsed() {
        Blob blob = await(upstream.blob(digest, FIRST_MILLION));

        assertThat(blob.size()).hasValue(SIZE);
        assertThat(blob.seekable()).isTrue();
        assertThat(upstream.read(blob, 0, 1_000_000)).isEqualTo(bytes.slice(0, 1_000_000));
        assertThat(upstream.fake.log().all()).hasSize(1);
    }

    @Test
    void rangeBeyondTheFirstAnswerIsContinued() {
        Blob blob = await(upstream.blob(digest, FIRST_MILLION));

        assertThat(upstream.read(blob, 0, SIZE)).isEqualTo(bytes);
        assertThat(upstream.fake.log().all()).hasSize(2);
        assertThat(upstream.fake.log().repeatedBytes(digest)).isZero();
    }

    @Test
    void rangeThatEndsBeforeTheAnswerClosesTheConnection() {
        upstream.fake.always(Request.blobs(), Fault.rate(2_000_000));
        Blob blob = await(upstream.blob(digest, RangeRequest.WHOLE));

        assertThat(upstream.read(blob, 0, 1000)).isEqualTo(bytes.slice(0, 1000));
        Awaitility.await().until(() -> upstream.fake.log().openConnections() == 0);
        assertThat(upstream.fake.log().bytesSent(digest)).isLessThan(SIZE);
    }

    @Test
    void rangesFlowSideBySide() {
        Blob blob = await(upstream.blob(digest, FIRST_MILLION));
        List<UpstreamFixture.Taken> taken = new ArrayList<>();
        List<Future<Void>> pipes = IntStream.range(0, 5)
                .mapToObj(i -> {
                    UpstreamFixture.Taken sink = new UpstreamFixture.Taken();
                    taken.add(sink);
                    return upstream.pipe(blob, sink, i * 1_000_000L, (i + 1) * 1_000_000L);
                })
                .toList();

        await(Future.all(pipes));
        Buffer all = Buffer.buffer();
        taken.forEach(sink -> all.appendBuffer(sink.bytes));
        assertThat(all).isEqualTo(bytes);
        assertThat(upstream.fake.log().all()).hasSize(5);
    }

    @Test
    void upstreamWithoutRangesIsSkippedThrough() {
        upstream.fake.always(Request.blobs(), Fault.withoutRanges());
        Blob blob = await(upstream.blob(digest, FIRST_MILLION));

        assertThat(blob.seekable()).isFalse();
        assertThat(upstream.read(blob, 3_000_000, 3_000_500)).isEqualTo(bytes.slice(3_000_000, 3_000_500));
        assertThat(upstream.read(blob, 0, SIZE)).isEqualTo(bytes);
    }

    @Test
    void bodyWithoutLengthEndsWhereItEnds() {
        upstream.fake.always(Request.blobs(), Fault.withoutRanges(), Fault.withoutLength());
        Blob blob = await(upstream.blob(digest, RangeRequest.WHOLE));

        assertThat(blob.size()).isEmpty();
        assertThat(upstream.read(blob, 0, Long.MAX_VALUE)).isEqualTo(bytes);
    }

    @Test
    void emptyBlobHasNoRangeToAnswer() {
        String empty = upstream.fake.content().putBlob(REPOSITORY, new byte[0]);
        Blob blob = await(upstream.blob(empty, FIRST_MILLION));

        assertThat(blob.size()).hasValue(0);
        assertThat(upstream.read(blob, 0, Long.MAX_VALUE).length()).isZero();
        upstream.close(blob);
    }

    @Test
    void rangeOutsideTheBlobStillTellsItsSize() {
        Blob blob = await(upstream.blob(digest, RangeRequest.of(SIZE, SIZE + 10)));

        assertThat(blob.size()).hasValue(SIZE);
        assertThat(upstream.fake.log().all()).hasSize(1);
    }

    @Test
    void suffixStartsWhereTheUpstreamSays() {
        Blob blob = await(upstream.blob(digest, RangeRequest.parse("bytes=-100")));

        assertThat(upstream.read(blob, SIZE - 100, SIZE)).isEqualTo(bytes.slice(SIZE - 100, SIZE));
        assertThat(upstream.fake.log().all()).hasSize(1);
    }

    @Test
    void brokenBodyFailsAndCanBeResumedAtTheMissingByte() {
        upstream.fake.next(1, Request.blobs(), Fault.cutAfter(2_000_000));
        Blob blob = await(upstream.blob(digest, RangeRequest.of(0, SIZE)));
        UpstreamFixture.Taken taken = new UpstreamFixture.Taken();

        assertThatThrownBy(() -> await(upstream.pipe(blob, taken, 0, SIZE)))
                .isInstanceOfSatisfying(
                        RegistryException.class, e -> assertThat(e.retryable()).isTrue());
        int got = taken.bytes.length();
        assertThat(got).isBetween(1, 2_000_000);
        await(upstream.pipe(blob, taken, got, SIZE));
        assertThat(taken.bytes).isEqualTo(bytes);
    }

    @Test
    void resetAndSilentBodiesFail() {
        upstream.timeouts(UpstreamFixture.QUICK);
        upstream.fake.next(1, Request.blobs(), Fault.resetAfter(1_000_000));
        Blob reset = await(upstream.blob(digest, RangeRequest.WHOLE));
        assertRefused(upstream.pipe(reset, new UpstreamFixture.Taken(), 0, SIZE), ErrorCode.UPSTREAM_UNAVAILABLE);

        upstream.fake.next(1, Request.blobs(), Fault.hangAfter(1_000_000));
        Blob silent = await(upstream.blob(digest, RangeRequest.WHOLE));
        assertRefused(upstream.pipe(silent, new UpstreamFixture.Taken(), 0, SIZE), ErrorCode.UPSTREAM_TIMEOUT);
    }

    @Test
    void bodyShorterThanAnnouncedFails() {
        upstream.fake.always(Request.blobs(), Fault.overstatedLength(10));
        Blob blob = await(upstream.blob(digest, RangeRequest.WHOLE));

        assertThatThrownBy(() -> await(upstream.pipe(blob, new UpstreamFixture.Taken(), 0, Long.MAX_VALUE)))
                .isInstanceOf(RegistryException.class);
    }

    @Test
    void contentRangeThatContradictsTheRequestIsRefused() {
        upstream.fake.always(Request.blobs(), Fault.headers(Map.of("Content-Range", "bytes 5-1000004/" + SIZE)));

        assertRefused(upstream.blob(digest, FIRST_MILLION), ErrorCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    void sizeThatChangesBetweenRangesIsRefused() {
        Blob blob = await(upstream.blob(digest, FIRST_MILLION));
        upstream.fake.always(
                Request.blobs(), Fault.headers(Map.of("Content-Range", "bytes 1000000-1999999/" + (SIZE + 1))));

        assertRefused(
                upstream.pipe(blob, new UpstreamFixture.Taken(), 1_000_000, 2_000_000), ErrorCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    void redirectIsResolvedOncePerBlob() {
        upstream.fake.redirectBlobs(Duration.ofMinutes(1));
        Blob blob = await(upstream.blob(digest, FIRST_MILLION));

        assertThat(upstream.read(blob, 0, SIZE)).isEqualTo(bytes);
        assertThat(upstream.read(blob, 5, 10)).isEqualTo(bytes.slice(5, 10));
        assertThat(upstream.fake.log().count(Request.blobs())).isEqualTo(1);
        assertThat(upstream.fake.log().count(Request.of(Request.Kind.REDIRECTED)))
                .isEqualTo(3);
    }

    @Test
    void expiredRedirectIsResolvedAnew() {
        upstream.fake.redirectBlobs(Duration.ofMinutes(1));
        Blob blob = await(upstream.blob(digest, FIRST_MILLION));
        upstream.fake.next(1, Request.of(Request.Kind.REDIRECTED), Fault.error(403, "AccessDenied"));

        assertThat(upstream.read(blob, 0, SIZE)).isEqualTo(bytes);
        assertThat(upstream.fake.log().count(Request.blobs())).isEqualTo(2);
    }

    @Test
    void slowSinkHoldsTheUpstreamBackAndDoesNotTimeOut() {
        upstream.timeouts(UpstreamFixture.QUICK);
        String large = upstream.fake.content().putGenerated(REPOSITORY, 8, 64 << 20);
        Blob blob = await(upstream.blob(large, RangeRequest.WHOLE));
        Stuck sink = new Stuck();
        Future<Void> pipe = upstream.pipe(blob, sink, 0, Long.MAX_VALUE);

        Awaitility.await().during(Duration.ofMillis(1500)).until(() -> !pipe.isComplete());
        assertThat(sink.given).isLessThan(1 << 20);
        assertThat(upstream.fake.log().bytesSent(large)).isLessThan(32 << 20);

        upstream.close(blob);
        assertThatThrownBy(() -> await(pipe)).isInstanceOf(RegistryException.class);
    }

    @Test
    void closingFreesTheConnection() {
        upstream.connections(1);
        String large = upstream.fake.content().putGenerated(REPOSITORY, 8, 64 << 20);
        for (int i = 0; i < 3; i++) {
            upstream.close(await(upstream.blob(large, RangeRequest.WHOLE)));
        }

        assertThat(upstream.pull(digest)).isEqualTo(bytes);
        assertThat(upstream.fake.log().bytesSent(large)).isLessThan(64 << 20);
    }

    /** A sink that takes nothing. */
    private static final class Stuck implements BodySink {

        private volatile long given;

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
        public Future<Void> write(Buffer more) {
            given += more.length();
            return Promise.<Void>promise().future();
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            throw new IllegalStateException("an upstream's body is no file");
        }
    }
}
