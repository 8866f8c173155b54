package dev.longshore.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PurgePatternTest {

    private static final String HEX = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static final Digest DIGEST = Digest.parse("sha256:" + HEX);
    private static final UpstreamNames UPSTREAMS =
            UpstreamNames.of(Set.of("docker.io", "ghcr.io", "registry.local:5000"), Optional.of("docker.io"));

    @ParameterizedTest
    @CsvSource({
        "alpine, docker.io/library/alpine",
        "alpine:3.*, docker.io/library/alpine:3.*",
        "docker.io/alpine:3, docker.io/library/alpine:3",
        "index.docker.io/alpine:3, docker.io/library/alpine:3",
        "org/app, docker.io/org/app",
        "org/**, docker.io/org/**",
        "docker.io/**, docker.io/**",
        "ghcr.io/org/app, ghcr.io/org/app",
        "registry.local:5000/app:1, registry.local_5000/app:1",
        "**:nightly, **:nightly",
        "*/org/app, */org/app",
        "alpine@sha256:" + HEX + ", docker.io/library/alpine@sha256:" + HEX,
        "sha256:" + HEX + ", **@sha256:" + HEX
    })
    void whatAPersonWritesIsNamedInFull(String text, String full) {
        PurgePattern pattern = PurgePattern.parse(text, UPSTREAMS);

        assertThat(pattern).hasToString(full);
        assertThat(PurgePattern.parse(full)).isEqualTo(pattern);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":3",
                "alpine:",
                "alpine:a b",
                "Alpine",
                "alpine@sha256:1",
                "sha256:12",
                "a//b",
                "ghrc.io/org/app",
                "registry.local:5001/app:1",
                "ghrc.io/**"
            })
    void whatIsNoPatternIsRefused(String text) {
        assertThatThrownBy(() -> PurgePattern.parse(text, UPSTREAMS)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "alpine, alpine, 3, true",
        "alpine, alpine-slim, 3, false",
        "alpine:3.*, alpine, 3.20, true",
        "alpine:3.*, alpine, 3, false",
        "alpine:3.*, alpine, 3x20, false",
        "*:*-dev, alpine, 3-dev, true",
        "**:3, alpine, 3, true",
        "ghcr.io/**, alpine, 3, false",
        "alpine@sha256:" + HEX + ", alpine, 3, false"
    })
    void aTagIsCoveredByItsRepositoryAndItsName(String text, String repository, String tag, boolean covered) {
        RepositoryName name = new RepositoryName("docker.io", "library/" + repository);

        assertThat(PurgePattern.parse(text, UPSTREAMS).covers(name, new Tag(tag)))
                .isEqualTo(covered);
    }

    @Test
    void aDigestIsCoveredWhereItOrAllIsMeant() {
        RepositoryName alpine = new RepositoryName("docker.io", "library/alpine");

        assertThat(PurgePattern.parse("alpine", UPSTREAMS).covers(alpine, DIGEST))
                .isTrue();
        assertThat(PurgePattern.parse("sha256:" + HEX, UPSTREAMS).covers(alpine, DIGEST))
                .isTrue();
        assertThat(PurgePattern.parse("alpine:3", UPSTREAMS).covers(alpine, DIGEST))
                .isFalse();
        assertThat(PurgePattern.parse("alpine@sha256:" + "0".repeat(64), UPSTREAMS)
                        .covers(alpine, DIGEST))
                .isFalse();
    }

    @Test
    void aPurgeIsReadAsItWasWritten() {
        Purge purge = new Purge(
                List.of(PurgePattern.parse("alpine:3.*", UPSTREAMS), PurgePattern.parse("sha256:" + HEX, UPSTREAMS)),
                Instant.parse("2026-01-02T03:04:05.678Z"),
                true);

        assertThat(Purge.parse(purge.query())).isEqualTo(purge);
        assertThat(purge.contents()).containsExactly(DIGEST);
        assertThat(purge.roots()).containsExactlyInAnyOrder("docker.io/library/alpine/", "");
    }

    @Test
    void whatWasNotedLaterIsNotMeant() {
        Instant then = Instant.parse("2026-01-02T03:04:05Z");
        Purge purge = new Purge(List.of(), then, false);

        assertThat(purge.covers(then)).isTrue();
        assertThat(purge.covers(then.plusMillis(1))).isFalse();
    }
}
