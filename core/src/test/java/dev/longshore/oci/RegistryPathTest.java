package dev.longshore.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longshore.blob.RangeRequest;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a client names what it wants, and of whom. */
final class RegistryPathTest {

    private static final Caller CALLER = Caller.client("127.0.0.1");
    private static final String HEX = "0123456789abcdef".repeat(4);
    private static final String DIGEST = "sha256:" + HEX;

    private final RegistryPath grammar = new RegistryPath(
            UpstreamNames.of(Set.of("docker.io", "ghcr.io", "registry.local:5000"), Optional.of("docker.io")));

    private Pull parse(String path, @Nullable String query) {
        return grammar.parse(path, query, false, RangeRequest.WHOLE, CALLER);
    }

    private ManifestPull manifest(String path, @Nullable String query) {
        return (ManifestPull) parse("/v2/" + path + "/manifests/1", query);
    }

    private static void assertRefused(ErrorCode code, ThrowingCallable parsing) {
        assertThatThrownBy(parsing)
                .isInstanceOfSatisfying(
                        RegistryException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(code));
    }

    @ParameterizedTest
    @CsvSource({
        // dockerd: the default upstream
        "library/alpine,, docker.io/library/alpine",
        "grafana/grafana,, docker.io/grafana/grafana",
        "a/b/c,, docker.io/a/b/c",
        // containerd: ns
        "library/alpine, ns=docker.io, docker.io/library/alpine",
        "org/app, ns=ghcr.io, ghcr.io/org/app",
        "app, ns=registry.local:5000, registry.local:5000/app",
        "app, ns=registry.local%3A5000, registry.local:5000/app",
        "app, ns=registry.local_5000, registry.local:5000/app",
        "org/app, x=y&ns=ghcr.io, ghcr.io/org/app",
        "org/app, ns=, docker.io/org/app",
        // podman and CRI-O: the first component
        "ghcr.io/org/app,, ghcr.io/org/app",
        "docker.io/library/alpine,, docker.io/library/alpine",
        "registry.local:5000/app,, registry.local:5000/app",
        "registry.local%3A5000/app,, registry.local:5000/app",
        "registry.local%3a5000/app,, registry.local:5000/app",
        "registry.local_5000/app,, registry.local:5000/app",
        // Docker Hub is one, by three names
        "index.docker.io/library/alpine,, docker.io/library/alpine",
        "registry-1.docker.io/library/alpine,, docker.io/library/alpine",
        "library/alpine, ns=index.docker.io, docker.io/library/alpine",
        "library/alpine, ns=registry-1.docker.io, docker.io/library/alpine",
        // a first component that is ns once more
        "docker.io/library/alpine, ns=docker.io, docker.io/library/alpine",
        "index.docker.io/alpine, ns=docker.io, docker.io/library/alpine",
        "ghcr.io/org/app, ns=ghcr.io, ghcr.io/org/app",
        // ... and one that is not stays a part of the name
        "docker.io/org/app, ns=ghcr.io, ghcr.io/docker.io/org/app",
        "other.example/org/app, ns=ghcr.io, ghcr.io/other.example/org/app",
        // one component on Docker Hub is an official image; elsewhere it is not
        "alpine,, docker.io/library/alpine",
        "alpine, ns=docker.io, docker.io/library/alpine",
        "docker.io/alpine,, docker.io/library/alpine",
        "ghcr.io/app,, ghcr.io/app",
        "app, ns=ghcr.io, ghcr.io/app",
        // a repository may be called like an upstream or like a verb
        "ghcr.io,, docker.io/library/ghcr.io",
        "manifests,, docker.io/library/manifests",
        "blobs/tags/manifests,, docker.io/blobs/tags/manifests",
        "tags/list,, docker.io/tags/list",
        "org/blobs,, docker.io/org/blobs"
    })
    void repositoryIsFoundByWhicheverNameTheClientUses(String path, @Nullable String query, String name) {
        assertThat(manifest(path, query).repository()).hasToString(name);
    }

    @ParameterizedTest
    @CsvSource({
        "library/alpine, ns=quay.io",
        "library/alpine, ns=127.0.0.1:6379",
        "library/alpine, ns=DOCKER.IO",
        "library/alpine, ns=docker.io/library",
        "library/alpine, ns=..",
        "quay.io/org/app,",
        "localhost:5000/app,",
        "registry.local:5001/app,",
        "ghcr.io.example/app,"
    })
    void anUpstreamThatIsNotListedIsUnknown(String path, @Nullable String query) {
        assertRefused(ErrorCode.NAME_UNKNOWN, () -> manifest(path, query));
    }

    @Test
    void withoutADefaultWhatNamesNoUpstreamIsUnknown() {
        RegistryPath closed = new RegistryPath(UpstreamNames.of(Set.of("ghcr.io"), Optional.empty()));
        assertRefused(
                ErrorCode.NAME_UNKNOWN,
                () -> closed.parse("/v2/library/alpine/manifests/3", null, false, RangeRequest.WHOLE, CALLER));
        assertThat(closed.parse("/v2/ghcr.io/app/manifests/3", null, false, RangeRequest.WHOLE, CALLER))
                .isInstanceOf(ManifestPull.class);
        assertRefused(
                ErrorCode.NAME_UNKNOWN,
                () -> closed.parse("/v2/index.docker.io/app/manifests/3", null, false, RangeRequest.WHOLE, CALLER));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2", "/v2/"})
    void theRootIsAPing(String path) {
        assertThat(parse(path, null)).isEqualTo(new Ping(CALLER));
    }

    @Test
    void manifestsAreNamedByTagOrDigest() {
        assertThat(((ManifestPull) parse("/v2/org/app/manifests/v1.0_x-Y", null)).reference())
                .isEqualTo(new Tag("v1.0_x-Y"));
        assertThat(((ManifestPull) parse("/v2/org/app/manifests/" + DIGEST, null)).reference())
                .isEqualTo(Digest.parse(DIGEST));
        assertThat(((ManifestPull) parse("/v2/org/app/manifests/sha256%3A" + HEX, null)).reference())
                .isEqualTo(Digest.parse(DIGEST));
    }

    @Test
    void blobsAreNamedByDigestAlone() {
        RangeRequest ranges = RangeRequest.parse("bytes=1-2");
        Pull pull = grammar.parse("/v2/org/app/blobs/sha256%3a" + HEX, null, true, ranges, CALLER);
        assertThat(pull)
                .isEqualTo(new BlobPull(
                        CALLER, new RepositoryName("docker.io", "org/app"), Digest.parse(DIGEST), true, ranges));
        assertRefused(ErrorCode.DIGEST_INVALID, () -> parse("/v2/org/app/blobs/latest", null));
    }

    @Test
    void listsCarryTheirPage() {
        assertThat(parse("/v2/ghcr.io/app/tags/list", "n=5&last=b"))
                .isEqualTo(new ListingPull.Tags(CALLER, new RepositoryName("ghcr.io", "app"), "n=5&last=b"));
        assertThat(parse("/v2/app/tags/list", "ns=ghcr.io&n=5&next_page=a%3D%3D"))
                .isEqualTo(new ListingPull.Tags(CALLER, new RepositoryName("ghcr.io", "app"), "n=5&next_page=a%3D%3D"));
        assertThat(parse("/v2/app/tags/list", "n=&last=&x&n=2"))
                .isEqualTo(new ListingPull.Tags(CALLER, new RepositoryName("docker.io", "library/app"), ""));
        assertThat(parse("/v2/ghcr.io/app/tags/list", "n=1000000"))
                .isEqualTo(new ListingPull.Tags(CALLER, new RepositoryName("ghcr.io", "app"), "n=10000"));
        assertThat(parse("/v2/ghcr.io/app/tags/list", "n=0"))
                .isEqualTo(new ListingPull.Tags(CALLER, new RepositoryName("ghcr.io", "app"), "n=0"));
        assertThat(parse("/v2/_catalog", null))
                .isEqualTo(
                        new ListingPull.Catalog(CALLER, new ListingPull.Page(OptionalInt.empty(), Optional.empty())));
        assertThat(parse("/v2/ghcr.io/app/referrers/" + DIGEST, "artifactType=a%2Fb"))
                .isEqualTo(new ListingPull.Referrers(
                        CALLER, new RepositoryName("ghcr.io", "app"), Digest.parse(DIGEST), "artifactType=a%2Fb"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "x", "1.5", "99999999999", "0x10"})
    void aPageWithoutASensibleLengthIsRefused(String n) {
        assertRefused(ErrorCode.PAGINATION_NUMBER_INVALID, () -> parse("/v2/_catalog", "n=" + n));
        assertRefused(ErrorCode.PAGINATION_NUMBER_INVALID, () -> parse("/v2/app/tags/list", "n=" + n));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v2/manifests/1",
                "/v2//manifests/1",
                "/v2/org//app/manifests/1",
                "/v2/org/../app/manifests/1",
                "/v2/./app/manifests/1",
                "/v2/ORG/app/manifests/1",
                "/v2/org%2Fapp/manifests/1",
                "/v2/org/app%00/manifests/1",
                "/v2/org/a%70p/manifests/1",
                "/v2/org/app/unknown/1",
                "/v2/org",
                "/v2/org/app/tags",
                "/v2/tags/list",
                "/v2//tags/list",
                "/v2/org/app/_uploads/1",
                "/v2/ghcr.io//manifests/1",
                "/v2/docker.io/manifests/manifests/",
                "/v2/registry.local:5000/a:b/manifests/1"
            })
    void whatIsOutsideTheGrammarIsNoName(String path) {
        assertThatThrownBy(() -> parse(path, null))
                .isInstanceOfSatisfying(
                        RegistryException.class,
                        refusal -> assertThat(refusal.code())
                                .isIn(ErrorCode.NAME_INVALID, ErrorCode.TAG_INVALID, ErrorCode.NAME_UNKNOWN));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/v1/app", "/v20/app/manifests/1", "/V2/app/manifests/1", "", "*"})
    void whatIsNotUnderTheRootIsNoRequestForARegistry(String path) {
        assertRefused(ErrorCode.REQUEST_INVALID, () -> parse(path, null));
    }

    @Test
    void aQueryThatCannotBeDecodedIsRefused() {
        assertRefused(ErrorCode.REQUEST_INVALID, () -> parse("/v2/app/manifests/1", "ns=%zz"));
    }
}
