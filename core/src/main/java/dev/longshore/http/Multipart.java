package dev.longshore.http;

import dev.longshore.blob.BodySink;
import dev.longshore.blob.ByteRange;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.UUID;

/** The frame of an answer to several ranges. Source: RFC 9110, section 14.6. Immutable. */
final class Multipart {

    private final String boundary = UUID.randomUUID().toString();
    private final List<ByteRange> ranges;
    private final long size;

    Multipart(List<ByteRange> ranges, long size) {
        this.ranges = ranges;
        this.size = size;
    }

    String mediaType() {
        return "multipart/byteranges; boundary=" + boundary;
    }

    long length() {
        long frame = ranges.stream()
                .mapToLong(range -> header(range).length() + range.length())
                .sum();
        return frame + trailer().length();
    }

    private Buffer header(ByteRange range) {
        return Buffer.buffer("\r\n--" + boundary + "\r\nContent-Type: application/octet-stream\r\nContent-Range: "
                + range.contentRange(size) + "\r\n\r\n");
    }

    Buffer trailer() {
        return Buffer.buffer("\r\n--" + boundary + "--\r\n");
    }

    /** Where the bytes of {@code range} go, on their way to {@code sink}. */
    BodySink part(ByteRange range, BodySink sink) {
        return new Part(header(range), sink);
    }

    /** Its header goes with the first byte: as long as there is none, there may be an error to tell. Confined to one context. */
    private static final class Part implements BodySink {

        private final Buffer header;
        private final BodySink sink;
        private boolean begun;

        Part(Buffer header, BodySink sink) {
            this.header = header;
            this.sink = sink;
        }

        /** At once: the next call may come before this one has completed. */
        @Override
        public Future<Void> write(Buffer bytes) {
            if (begun) {
                return sink.write(bytes);
            }
            begun = true;
            return sink.write(header.appendBuffer(bytes));
        }

        @Override
        public Future<Void> transfer(FileChannel file, long position, long length) {
            if (begun) {
                return sink.transfer(file, position, length);
            }
            begun = true;
            return sink.write(header).compose(written -> sink.transfer(file, position, length));
        }
    }
}
