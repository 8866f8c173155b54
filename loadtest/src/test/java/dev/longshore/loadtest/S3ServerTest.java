package dev.longshore.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the product does with a bucket is tested where it does it; here, the server's own doings. */
@Timeout(60)
final class S3ServerTest {
    private static final String ID = "key";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT);

    @TempDir
    private Path folder;

    private S3Server server;

    @BeforeEach
    void start() throws IOException {
        server = S3Server.start(0, folder, "bucket", new S3Keys(ID, "secret"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void bucketIsThere() {
        assertThat(folder.resolve("bucket")).isDirectory();
    }

    @Test
    void keysOfAnotherAreRefused() throws Exception {
        assertThat(status(ID)).isEqualTo(403);
        assertThat(status("another")).isEqualTo(403);
    }

    @Test
    void everyThirdRequestFailsWhileToldSo() throws Exception {
        server.failEvery(3);
        int failures = 0;
        for (int request = 0; request < 9; request++) {
            failures += status(ID) == 503 ? 1 : 0;
        }
        assertThat(failures).isEqualTo(3);
        assertThat(server.counters()).containsEntry("requests", 9L).containsEntry("failures", 3L);

        server.failEvery(0);
        assertThat(status(ID)).isEqualTo(403);
    }

    /** Asks with these keys and a wrong signature: that the keys were looked at is all that matters. */
    private int status(String id) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + "/bucket/object"))
                .header("x-amz-date", TIME.format(ZonedDateTime.now(ZoneOffset.UTC)))
                .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
                .header(
                        "Authorization",
                        "AWS4-HMAC-SHA256 Credential=" + id
                                + "/20260101/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=00")
                .build();
        return HttpClient.newHttpClient()
                .send(request, BodyHandlers.discarding())
                .statusCode();
    }
}
