package dev.longshore.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.blob.Blob;
import dev.longshore.blob.RangeRequest;
import dev.longshore.oci.BlobPull;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.ListingPull;
import dev.longshore.oci.ManifestPull;
import dev.longshore.oci.RegistryException;
import dev.longshore.oci.RepositoryName;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AdmittingRegistryTest {

    private static final Caller CLIENT = Caller.client("10.0.0.1");
    private static final RepositoryName APP = new RepositoryName("docker.io", "library/app");
    private static final Buffer BYTES = Buffer.buffer("some bytes");
    private static final Digest DIGEST = Digest.of(BYTES.getBytes());
    private static final Digest ABSENT = Digest.of(new byte[0]);

    private final TestNode inner = TestNode.start().holding(BYTES);
    private final AdmittingRegistry registry = new AdmittingRegistry(inner, 2);

    @AfterEach
    void stop() {
        inner.close();
    }

    private Blob pull(Digest digest, boolean head) {
        return Wait.on(registry.blob(new BlobPull(CLIENT, APP, digest, head, RangeRequest.WHOLE)));
    }

    private void assertFull() {
        assertThatThrownBy(() -> pull(DIGEST, false)).isInstanceOfSatisfying(RegistryException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(e.code().status()).isEqualTo(503);
            assertThat(e.retryAfter()).isPresent();
        });
    }

    @Test
    void whoComesPastTheLimitIsToldToComeAgainAndCostsTheNodesNothing() {
        pull(DIGEST, false);
        pull(DIGEST, false);
        int asked = inner.pulls.get();

        assertFull();
        assertThat(inner.pulls).hasValue(asked);
    }

    @Test
    void whatHasNoBodyPassesWhenItIsFull() {
        pull(DIGEST, false);
        pull(DIGEST, false);

        assertThat(pull(DIGEST, true).size()).hasValue(BYTES.length());
        assertThatThrownBy(() -> Wait.on(registry.manifest(new ManifestPull(CLIENT, APP, DIGEST, false))))
                .isInstanceOfSatisfying(
                        RegistryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOOMANYREQUESTS));
        assertThat(Wait.on(registry.listing(new ListingPull.Catalog(CLIENT, TestNode.firstPage(1))))
                        .json()
                        .length())
                .isPositive();
    }

    @Test
    void aBodyThatIsClosedGivesItsPlaceBackAndOnlyOne() {
        pull(DIGEST, false);
        Blob second = pull(DIGEST, false);

        second.close();
        second.close();

        pull(DIGEST, false);
        assertFull();
    }

    @Test
    void aPullThatFailsHoldsNoPlace() {
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> pull(ABSENT, false))
                    .isInstanceOfSatisfying(
                            RegistryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BLOB_UNKNOWN));
        }
        pull(DIGEST, false);
        pull(DIGEST, false);
        assertFull();
    }
}
