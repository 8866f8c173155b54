package dev.longshore.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LinkTest {

    private static final RepositoryName REPOSITORY = new RepositoryName("docker.io", "library/tags");
    private static final Digest DIGEST = Digest.parse("sha256:" + "0a".repeat(32));
    private static final Tag TAG = new Tag("index");

    /** With the words of the layout where they are names. */
    static Stream<Link> links() {
        return Stream.of(
                Link.layer(REPOSITORY, DIGEST),
                Link.revision(REPOSITORY, DIGEST),
                Link.tag(REPOSITORY, TAG),
                new Link.OfTag(REPOSITORY, TAG, Optional.of(DIGEST)));
    }

    @ParameterizedTest
    @MethodSource("links")
    void aLinkIsKnownByWhereItLies(Link link) {
        assertThat(Link.at(link.path())).contains(link);
    }

    @Test
    void theLayoutIsDistributions() {
        assertThat(links().map(Link::path))
                .containsExactly(
                        "docker.io/library/tags/_layers/sha256/" + DIGEST.hex() + "/link",
                        "docker.io/library/tags/_manifests/revisions/sha256/" + DIGEST.hex() + "/link",
                        "docker.io/library/tags/_manifests/tags/index/current/link",
                        "docker.io/library/tags/_manifests/tags/index/index/sha256/" + DIGEST.hex() + "/link");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "link",
                "docker.io/_layers/sha256/0a/link",
                "docker.io/library/tags/_layers/sha256/0a/link",
                "docker.io/library/tags/_layers/md5/00000000000000000000000000000000/link",
                "docker.io/Library/_manifests/tags/latest/current/link",
                "docker.io/library/tags/_manifests/tags/-/current/link",
                "docker.io/library/tags/_manifests/tags/latest/current/link/",
                "docker.io/library/tags/_uploads/sha256/0a/link"
            })
    void whatNoMirrorWouldWriteIsNone(String path) {
        assertThat(Link.at(path)).isEmpty();
    }
}
