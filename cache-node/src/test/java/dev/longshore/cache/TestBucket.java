package dev.longshore.cache;

import dev.longshore.config.S3Settings;
import dev.longshore.config.S3Settings.Retention;
import dev.longshore.config.Secret;
import dev.longshore.loadtest.S3Keys;
import dev.longshore.loadtest.S3Server;
import dev.longshore.s3.S3Bucket;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.util.List;

/** An S3 server in this process, with one bucket. Thread-safe. */
record TestBucket(S3Server server) implements AutoCloseable {

    private static final String NAME = "images";
    private static final S3Keys KEYS = new S3Keys("id", "whisper");

    static TestBucket start() throws IOException {
        return new TestBucket(S3Server.start(0, null, NAME, KEYS));
    }

    private S3Settings settings(Retention retention) {
        return new S3Settings(
                NAME,
                "mirror",
                "us-east-1",
                URI.create(server.url()),
                true,
                new S3Settings.Keys(KEYS.id(), Secret.of(KEYS.secret())),
                retention);
    }

    S3Bucket open(Vertx vertx) {
        return open(vertx, Retention.EVERYTHING, Clock.systemUTC());
    }

    S3Bucket open(Vertx vertx, Retention retention, Clock clock) {
        return S3Bucket.open(vertx, settings(retention), new SimpleMeterRegistry(), clock);
    }

    /** The keys of blobs, or of whatever else holds {@code part}. */
    List<String> objects(String part) {
        return server.objects(NAME).stream().filter(key -> key.contains(part)).toList();
    }

    /** Puts an object there, as another program would. */
    void put(String key, byte[] bytes) {
        server.put(NAME, key, bytes);
    }

    @Override
    public void close() {
        server.close();
    }
}
