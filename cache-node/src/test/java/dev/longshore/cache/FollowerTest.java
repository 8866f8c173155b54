package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Origin;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FollowerTest {

    private static final int STEPS = 200_000;

    @TempDir
    private Path directory;

    private final Vertx vertx = Vertx.vertx();
    private BlobFile file;
    private FileChannel channel;

    @BeforeEach
    void open() throws IOException {
        channel = FileChannel.open(Files.writeString(directory.resolve("blob"), ""));
        file = new BlobFile(channel);
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
    }

    private Follower growingByteByByte() {
        return new Follower(
                Digest.of(new byte[0]), STEPS, Origin.FILLED, file, offset -> Future.succeededFuture(offset + 1));
    }

    /** Counts what it is given; each call is over at once, or on the next turn of a context. */
    private static final class Counter implements BodySink {

        private final Context context;
        private final boolean later;
        private long bytes;

        Counter(Context context, boolean later) {
            this.context = context;
            this.later = later;
        }

        @Override
        public Future<Void> write(Buffer more) {
            return Future.failedFuture("a file is not copied");
        }

        @Override
        public Future<Void> transfer(FileChannel from, long position, long length) {
            bytes += length;
            if (!later) {
                return Future.succeededFuture();
            }
            Promise<Void> taken = Promise.promise();
            context.runOnContext(turn -> taken.complete());
            return taken.future();
        }
    }

    private long pipe(boolean later) throws Exception {
        Context context = vertx.getOrCreateContext();
        Counter sink = new Counter(context, later);
        Promise<Void> piped = Promise.promise();
        context.runOnContext(start ->
                growingByteByByte().pipeTo(sink, ByteRange.whole(STEPS)).onComplete(piped));
        piped.future().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        return sink.bytes;
    }

    @Test
    void aBlobThatGrowsInVeryManyStepsIsReadToItsEnd() throws Exception {
        assertThat(pipe(true)).isEqualTo(STEPS);
    }

    @Test
    void stepsThatAreOverAtOnceDoNotPileUp() throws Exception {
        assertThat(pipe(false)).isEqualTo(STEPS);
    }

    @Test
    void theFileIsClosedWhenItsLastReaderLetsGo() {
        Follower one = growingByteByByte();
        Follower other = growingByteByByte();
        file.release();
        one.close();
        one.close();
        assertThat(channel.isOpen()).isTrue();
        other.close();
        assertThat(channel.isOpen()).isFalse();
        assertThatThrownBy(() -> file.retain()).isInstanceOf(IllegalStateException.class);
    }
}
