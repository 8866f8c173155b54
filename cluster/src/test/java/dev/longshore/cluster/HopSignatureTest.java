package dev.longshore.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.blob.RangeRequest;
import dev.longshore.config.Secret;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class HopSignatureTest {

    private static final String URI_SENT = "/v2/docker.io/library/alpine/tags/list?ns=docker.io";
    private static final Caller CLIENT = Caller.client("10.1.2.3");

    private final AtomicReference<List<Secret>> secrets = new AtomicReference<>(secrets("old"));
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final ClusterKeys keys = new ClusterKeys(secrets::get);
    private final HopSignature hops = new HopSignature(keys, now::get);
    private final BlobUrls urls = new BlobUrls(keys, now::get);

    @Test
    void signatureTellsWhoAsksForWhom() {
        Caller peer = new Caller("fe80::1", true);

        assertThat(hops.verify(HttpMethod.GET, URI_SENT, sign(CLIENT))).isEqualTo(CLIENT);
        assertThat(hops.verify(HttpMethod.GET, URI_SENT, sign(peer))).isEqualTo(peer);
        assertThat(sign(CLIENT)).matches("v1 1767225600 gateway 10\\.1\\.2\\.3 [0-9a-f]{64}");
        assertThat(sign(peer)).startsWith("v1 1767225600 peer fe80::1 ");
    }

    @Test
    void nothingOfTheRequestCanBeChanged() {
        String signed = sign(CLIENT);

        assertDenied(() -> hops.verify(HttpMethod.HEAD, URI_SENT, signed));
        assertDenied(() -> hops.verify(HttpMethod.GET, URI_SENT + "&n=5", signed));
        assertDenied(() -> hops.verify(HttpMethod.GET, URI_SENT, signed.replace("gateway", "peer")));
        assertDenied(() -> hops.verify(HttpMethod.GET, URI_SENT, signed.replace("10.1.2.3", "10.1.2.4")));
        assertDenied(() -> hops.verify(HttpMethod.GET, URI_SENT, signed.replace(" 1767225600 ", " 1767225601 ")));
    }

    @Test
    void whatIsNoSignatureIsDenied() {
        for (String header : List.of("", "v1", "v1 1 2 3 4", "v1 x gateway 10.1.2.3 00", sign(CLIENT) + " more")) {
            assertDenied(() -> hops.verify(HttpMethod.GET, URI_SENT, header));
        }
    }

    @Test
    void signatureIsGoodForFiveMinutesEitherWay() {
        String signed = sign(CLIENT);

        turn(Duration.ofMinutes(5));
        assertThat(hops.verify(HttpMethod.GET, URI_SENT, signed)).isEqualTo(CLIENT);
        turn(Duration.ofSeconds(1));
        assertDenied(() -> hops.verify(HttpMethod.GET, URI_SENT, signed));
        turn(Duration.ofSeconds(-602));
        assertDenied(() -> hops.verify(HttpMethod.GET, URI_SENT, signed));
    }

    @Test
    void firstKeySignsAndAllVerify() {
        String old = sign(CLIENT);
        secrets.set(secrets("new", "old"));
        String fresh = sign(CLIENT);

        assertThat(hops.verify(HttpMethod.GET, URI_SENT, old)).isEqualTo(CLIENT);
        assertThat(fresh).isNotEqualTo(old);

        secrets.set(secrets("new"));
        assertThat(hops.verify(HttpMethod.GET, URI_SENT, fresh)).isEqualTo(CLIENT);
        assertDenied(() -> hops.verify(HttpMethod.GET, URI_SENT, old));
    }

    @Test
    void signedAddressIsOfOneBlobAndExpires() {
        URI address = address();

        assertThat(address)
                .hasHost("node-0.example.com")
                .hasPath("/v2/docker.io/library/alpine/blobs/" + Digest.of(new byte[0]));
        assertThat(urls.admits(address.getPath(), address.getQuery())).isTrue();
        assertThat(urls.admits(address.getPath().replace("alpine", "other"), address.getQuery()))
                .isFalse();
        assertThat(urls.admits(address.getPath(), address.getQuery() + "&ns=ghcr.io"))
                .isFalse();

        turn(Duration.ofMinutes(1));
        assertThat(urls.admits(address.getPath(), address.getQuery())).isTrue();
        turn(Duration.ofSeconds(1));
        assertThat(urls.admits(address.getPath(), address.getQuery())).isFalse();
    }

    @Test
    void expiryCannotBeMoved() {
        URI address = address();
        String later = address.getQuery().replace("expires=1767225660", "expires=1767299999");

        assertThat(later).isNotEqualTo(address.getQuery());
        assertThat(urls.admits(address.getPath(), later)).isFalse();
    }

    private URI address() {
        BlobPull pull = new BlobPull(
                CLIENT,
                new RepositoryName("docker.io", "library/alpine"),
                Digest.of(new byte[0]),
                false,
                RangeRequest.WHOLE);
        return urls.sign(URI.create("https://node-0.example.com:5100/"), pull, Duration.ofMinutes(1));
    }

    private String sign(Caller caller) {
        return hops.sign(HttpMethod.GET, URI_SENT, caller);
    }

    private void turn(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    private static List<Secret> secrets(String... values) {
        return List.of(values).stream().map(Secret::of).toList();
    }

    private static void assertDenied(Runnable verification) {
        assertThatThrownBy(verification::run)
                .isInstanceOfSatisfying(
                        RegistryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DENIED));
    }
}
