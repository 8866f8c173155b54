package dev.longshore.s3;

import dev.longshore.blob.Blob;
import dev.longshore.blob.ByteRange;
import dev.longshore.blob.BytesSink;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * A large blob on its way to the bucket, part by part, one of them in memory at a time. What fails is aborted; what a
 * crash leaves behind is aborted a day later. Confined to one context.
 */
final class S3Upload {

    private static final long PART = 5 << 20;
    private static final int MOST_PARTS = 10_000;

    private final S3Streams streams;
    private final String key;
    private final Blob blob;
    private final long size;
    private final long part;
    private final List<CompletedPart> done = new ArrayList<>();
    private final Promise<Void> all = Promise.promise();

    S3Upload(S3Streams streams, String key, Blob blob, long size) {
        this.streams = streams;
        this.key = key;
        this.blob = blob;
        this.size = size;
        this.part = Math.max(PART, (size + MOST_PARTS - 1) / MOST_PARTS);
    }

    /** Completes when the object is there, by us or by another. */
    Future<Void> run() {
        return streams.write(
                        "begin " + key,
                        client -> client.createMultipartUpload(
                                request -> request.bucket(streams.bucket()).key(key)))
                .compose(begun -> {
                    next(begun.uploadId());
                    return all.future()
                            .compose(parts -> complete(begun.uploadId()))
                            .recover(failure -> abort(begun.uploadId())
                                    .transform(aborted -> S3Failures.isThere(failure)
                                            ? Future.succeededFuture()
                                            : Future.failedFuture(failure)));
                });
    }

    /** Part after part, and not by composed futures: those would all live until the last. */
    private void next(String upload) {
        long start = done.size() * part;
        if (start >= size) {
            all.complete();
            return;
        }
        int number = done.size() + 1;
        send(upload, number, new ByteRange(start, Math.min(size, start + part)))
                .onSuccess(sent -> {
                    done.add(CompletedPart.builder()
                            .partNumber(number)
                            .eTag(sent.eTag())
                            .build());
                    next(upload);
                })
                .onFailure(all::fail);
    }

    private Future<UploadPartResponse> send(String upload, int number, ByteRange range) {
        return BytesSink.read(streams.vertx(), blob, range)
                .compose(bytes -> streams.write(
                        "part " + number + " of " + key,
                        client -> client.uploadPart(
                                request -> request.bucket(streams.bucket())
                                        .key(key)
                                        .uploadId(upload)
                                        .partNumber(number)
                                        .contentLength(range.length()),
                                AsyncRequestBody.fromBytesUnsafe(bytes))));
    }

    private Future<Void> complete(String upload) {
        return streams.write(
                        "complete " + key,
                        client -> client.completeMultipartUpload(request -> request.bucket(streams.bucket())
                                .key(key)
                                .uploadId(upload)
                                .ifNoneMatch("*")
                                .multipartUpload(parts -> parts.parts(done))))
                .mapEmpty();
    }

    private Future<Void> abort(String upload) {
        return streams.write(
                        "abort " + key,
                        client -> client.abortMultipartUpload(request ->
                                request.bucket(streams.bucket()).key(key).uploadId(upload)))
                .mapEmpty();
    }
}
