package dev.longshore.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.channels.FileChannel;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MultipartTest {

    private final Buffer written = Buffer.buffer();

    /** Takes everything at once, and lets the writer wait. */
    private final BodySink slow = new BodySink() {
        @Override
        public Future<Void> write(Buffer bytes) {
            written.appendBuffer(bytes);
            return Promise.<Void>promise().future();
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            return Future.failedFuture("there is no file");
        }
    };

    @Test
    void aPartKeepsItsOrderWhoeverDoesNotWait() {
        ByteRange range = new ByteRange(5, 11);
        BodySink part = new Multipart(List.of(range), 20).part(range, slow);
        assertThat(written.length()).as("nothing goes before the first byte").isZero();

        part.write(Buffer.buffer("one"));
        part.write(Buffer.buffer("two"));
        assertThat(written.toString()).startsWith("\r\n--").endsWith("\r\nContent-Range: bytes 5-10/20\r\n\r\nonetwo");
    }
}
