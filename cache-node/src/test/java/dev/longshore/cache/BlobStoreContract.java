package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.blob.Blob;
import dev.longshore.blob.BlobStore;
import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.BytesBlob;
import dev.longshore.blob.BytesSink;
import dev.longshore.blob.WrappedBlob;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Origin;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The laws of every {@link BlobStore}. */
abstract class BlobStoreContract {

    private static final int MIB = 1024 * 1024;

    private final Vertx vertx = Vertx.vertx();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private BlobStore store;

    /** An empty store. */
    abstract BlobStore open(Vertx vertx) throws Exception;

    /** Is closed after the test; what was opened last goes first. */
    final void closeAfterwards(AutoCloseable used) {
        opened.push(used);
    }

    @BeforeEach
    final void start() throws Exception {
        store = open(vertx);
    }

    @AfterEach
    final void stop() throws Exception {
        for (AutoCloseable used : opened) {
            used.close();
        }
        await(vertx.close());
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static Blob blob(byte[] bytes) {
        return new BytesBlob(Digest.of(bytes), Buffer.buffer(bytes), Origin.MEMORY);
    }

    private Digest write(byte[] bytes) {
        await(store.write(blob(bytes)));
        return Digest.of(bytes);
    }

    private byte[] read(Digest digest, ByteRange range) {
        Blob blob = await(store.open(digest)).orElseThrow();
        byte[] bytes = await(BytesSink.read(vertx, blob, range));
        blob.close();
        return bytes;
    }

    private void assertAbsent(Digest digest) {
        assertThat(await(store.size(digest))).isEmpty();
        assertThat(await(store.open(digest))).isEmpty();
    }

    @Test
    final void whatWasNotWrittenIsAbsent() {
        assertAbsent(Digest.of(bytes(1)));
    }

    @Test
    final void whatWasWrittenIsRead() {
        for (int size : new int[] {1, 1000, 3 * MIB}) {
            byte[] bytes = bytes(size);
            Digest digest = write(bytes);
            assertThat(await(store.size(digest))).hasValue(size);
            assertThat(read(digest, ByteRange.whole(size))).isEqualTo(bytes);
        }
    }

    @Test
    final void anEmptyBlobIsOne() {
        Digest digest = write(new byte[0]);
        assertThat(await(store.size(digest))).hasValue(0);
        assertThat(read(digest, ByteRange.whole(0))).isEmpty();
    }

    @Test
    final void aBlobOfManyPartsIsTheSameAgain() {
        byte[] bytes = bytes(20 * MIB + 1);
        Digest digest = write(bytes);
        assertThat(read(digest, ByteRange.whole(bytes.length))).isEqualTo(bytes);
    }

    @Test
    final void anyPartOfItIsRead() {
        byte[] bytes = bytes(MIB);
        Digest digest = write(bytes);
        for (ByteRange range : List.of(
                new ByteRange(0, 1), new ByteRange(1000, 70_000), new ByteRange(MIB - 1, MIB), new ByteRange(5, 5))) {
            assertThat(read(digest, range))
                    .as(range.toString())
                    .isEqualTo(Arrays.copyOfRange(bytes, (int) range.start(), (int) range.end()));
        }
    }

    @Test
    final void aBlobOfTheOtherAlgorithmIsOneToo() {
        byte[] bytes = bytes(100);
        Digest digest = Digest.parse("sha512:"
                + HexFormat.of().formatHex(Digest.Algorithm.SHA512.hasher().digest(bytes)));
        await(store.write(new BytesBlob(digest, Buffer.buffer(bytes), Origin.MEMORY)));
        assertThat(read(digest, ByteRange.whole(100))).isEqualTo(bytes);
    }

    @Test
    final void whatIsThereIsNotReadAgainToBeWritten() {
        byte[] bytes = bytes(1000);
        write(bytes);
        await(store.write(new Unreadable(blob(bytes))));
        assertThat(read(Digest.of(bytes), ByteRange.whole(1000))).isEqualTo(bytes);
    }

    @Test
    final void thoseWhoWriteTheSameAtOnceAllSucceed() {
        byte[] bytes = bytes(MIB);
        List<Future<Void>> all =
                IntStream.range(0, 8).mapToObj(i -> store.write(blob(bytes))).toList();
        await(Future.all(all));
        assertThat(read(Digest.of(bytes), ByteRange.whole(MIB))).isEqualTo(bytes);
    }

    @Test
    final void aBlobThatBreaksWhileItIsWrittenIsNotThere() {
        for (int size : new int[] {1000, 20 * MIB}) {
            Blob broken = new Unreadable(blob(bytes(size)));
            assertThatThrownBy(() -> await(store.write(broken))).hasStackTraceContaining("broken in the middle");
            assertAbsent(broken.digest());
        }
    }

    @Test
    final void aBlobThatBrokeCanBeWrittenAgain() {
        byte[] bytes = bytes(1000);
        store.write(new Unreadable(blob(bytes))).otherwiseEmpty();
        await(store.write(new Unreadable(blob(bytes))).otherwiseEmpty());
        Digest digest = write(bytes);
        assertThat(read(digest, ByteRange.whole(1000))).isEqualTo(bytes);
    }

    @Test
    final void whatIsDeletedIsGone() {
        Digest digest = write(bytes(1000));
        await(store.delete(digest));
        assertAbsent(digest);
        await(store.delete(digest));
        write(bytes(1000));
        assertThat(await(store.size(digest))).isEqualTo(OptionalLong.of(1000));
    }

    /** Gives the first half of what is asked for, and breaks. */
    private record Unreadable(Blob source) implements WrappedBlob {

        @Override
        public Future<Void> pipeTo(BodySink sink, ByteRange range) {
            return source.pipeTo(sink, new ByteRange(range.start(), range.start() + range.length() / 2))
                    .compose(half -> Future.failedFuture("broken in the middle"));
        }
    }
}
