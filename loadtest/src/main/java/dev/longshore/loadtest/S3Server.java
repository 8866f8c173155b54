package dev.longshore.loadtest;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.gaul.s3proxy.AccessGrant;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * An S3 server for trials, on a loopback port, with one bucket and one pair of keys. It answers 503 to every n-th
 * request if it is told to, at any time. Thread-safe; its owner closes it.
 */
public final class S3Server implements AutoCloseable {
    private static final int STOP_MILLIS = 1000;

    private final S3Keys keys;
    private final BlobStore store;
    private S3Proxy proxy;
    private int port;
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private volatile long failEvery;

    private S3Server(int port, BlobStore store, S3Keys keys) {
        this.keys = keys;
        this.store = store;
        this.proxy = proxy(port);
    }

    private S3Proxy proxy(int port) {
        S3Proxy made = S3Proxy.builder()
                .blobStore(store)
                .endpoint(URI.create("http://127.0.0.1:" + port))
                .awsAuthentication(AuthenticationType.AWS_V4, keys.id(), keys.secret())
                .ignoreUnknownHeaders(true)
                .stopTimeout(STOP_MILLIS)
                .build();
        made.setBlobStoreLocator(this::admit);
        return made;
    }

    /**
     * Serves an empty or existing bucket.
     *
     * @param port 0 takes a free one
     * @param data the folder of the buckets, each a folder in it; null keeps everything in memory
     */
    public static S3Server start(int port, @Nullable Path data, String bucket, S3Keys keys) throws IOException {
        S3Server server = new S3Server(port, storeIn(data), keys);
        try {
            if (!server.store.containerExists(bucket)) {
                server.store.createContainer(bucket);
            }
            server.proxy.start();
            server.port = server.proxy.getPort();
            return server;
        } catch (Exception e) { // Jetty's own word for whatever went wrong
            server.store.close();
            throw new IOException("the S3 server could not start on port " + port + ": " + e.getMessage(), e);
        }
    }

    private static BlobStore storeIn(@Nullable Path data) throws IOException {
        return data == null
                ? new TransientNio2BlobStore()
                : new FilesystemNio2BlobStore(Files.createDirectories(data).toString());
    }

    private @Nullable AccessGrant admit(@Nullable String identity, @Nullable String bucket, @Nullable String key) {
        long number = requests.incrementAndGet();
        long every = failEvery;
        if (every > 0 && number % every == 0) {
            failures.incrementAndGet();
            throw S3Exceptions.fromStatusCode(503);
        }
        return keys.id().equals(identity) ? new AccessGrant(keys.secret(), store) : null;
    }

    /** From now on every n-th request fails; with 0 none does. */
    public void failEvery(long n) {
        failEvery = n;
    }

    public synchronized String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Is gone, until it resumes on the same port; what it holds stays. */
    public synchronized void stop() {
        stopProxy();
        proxy = proxy(port);
    }

    public synchronized void resume() {
        try {
            proxy.start();
        } catch (Exception e) { // Jetty's own word for whatever went wrong
            throw new IllegalStateException("the S3 server could not start again", e);
        }
    }

    /** How many requests have come. */
    public long requests() {
        return requests.get();
    }

    /** The keys of the first thousand objects in {@code bucket}, in order. */
    public List<String> objects(String bucket) {
        return store.list(ListObjectsV2Request.builder().bucket(bucket).build()).contents().stream()
                .map(S3Object::key)
                .sorted()
                .toList();
    }

    /** Puts an object there without asking. */
    public void put(String bucket, String key, byte[] bytes) {
        PutObjectRequest request = PutObjectRequest.builder()
                .bucket(bucket)
                .key(key)
                .contentLength((long) bytes.length)
                .build();
        store.putBlob(request, new ByteArrayInputStream(bytes));
    }

    /** For a script to read. */
    Map<String, Object> counters() {
        Map<String, Object> counters = new LinkedHashMap<>();
        counters.put("requests", requests.get());
        counters.put("failures", failures.get());
        counters.put("failEvery", failEvery);
        return counters;
    }

    @Override
    public synchronized void close() {
        try {
            stopProxy();
        } finally {
            store.close();
        }
    }

    private void stopProxy() {
        try {
            proxy.stop();
        } catch (TimeoutException e) {
            // Who was being served has been cut off.
        } catch (Exception e) { // Jetty's own word for whatever went wrong
            throw new IllegalStateException("the S3 server could not stop", e);
        }
    }
}
