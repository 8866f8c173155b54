package dev.longshore.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The corners of the grammar of names, tags and digests: a wrong one cannot exist. */
final class NamesTest {

    private static final String HEX_64 = "0123456789abcdef".repeat(4);

    private static void assertRefused(ErrorCode code, ThrowingCallable parsing) {
        assertThatThrownBy(parsing)
                .isInstanceOfSatisfying(
                        RegistryException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(code));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a", "0", "a.b", "a_b", "a__b", "a-b", "a--b", "a---b", "a/b", "a/b/c/d/e", "a.b_c__d-e", "0/0"})
    void aRepositoryName(String path) {
        assertThat(new RepositoryName("docker.io", path).path()).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "a/",
                "/a",
                "a//b",
                ".",
                "..",
                "a/..",
                "a/./b",
                "a..b",
                "a___b",
                "a._b",
                "a.-b",
                "a_-b",
                "a-_b",
                "-a",
                "a-",
                ".a",
                "a.",
                "_a",
                "a_",
                "A",
                "a b",
                "a:b",
                "a%2fb",
                "ä",
                "a\u0000b",
                "a\nb",
                "a\\b"
            })
    void isNoRepositoryName(String path) {
        assertRefused(ErrorCode.NAME_INVALID, () -> new RepositoryName("docker.io", path));
    }

    @Test
    void aRepositoryNameHas255CharactersAtMost() {
        assertThat(new RepositoryName("docker.io", "a".repeat(255)).path()).hasSize(255);
        assertRefused(ErrorCode.NAME_INVALID, () -> new RepositoryName("docker.io", "a".repeat(256)));
        assertRefused(ErrorCode.NAME_INVALID, () -> new RepositoryName("docker.io", "a/".repeat(128) + "a"));
    }

    @Test
    void aPortsColonIsNotWrittenOnDisk() {
        RepositoryName name = new RepositoryName("registry.local:5000", "app");
        assertThat(name.storedName()).isEqualTo("registry.local_5000/app");
        assertThat(name).hasToString("registry.local:5000/app");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "A", "_", "0", "v1.0-rc.1_x", "_._", "a..b", "a--"})
    void aTag(String tag) {
        assertThat(new Tag(tag)).hasToString(tag);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "-a", ".a", "a/b", "a b", "a%", "é", "a\u0000", "a\n"})
    void isNoTag(String tag) {
        assertRefused(ErrorCode.TAG_INVALID, () -> new Tag(tag));
    }

    @Test
    void aTagHas128CharactersAtMost() {
        assertThat(new Tag("a".repeat(128)).value()).hasSize(128);
        assertRefused(ErrorCode.TAG_INVALID, () -> new Tag("a".repeat(129)));
    }

    @Test
    void aDigestOfEitherAlgorithm() {
        assertThat(Digest.parse("sha256:" + HEX_64)).hasToString("sha256:" + HEX_64);
        assertThat(Digest.parse("sha512:" + HEX_64.repeat(2))).hasToString("sha512:" + HEX_64.repeat(2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "sha256",
                "sha256:",
                "sha256:abc",
                "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
                "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
                "sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
                "sha256:0123456789abcdeg0123456789abcdef0123456789abcdef0123456789abcdef",
                "sha256:../../../../0123456789abcdef0123456789abcdef0123456789abcdef0123",
                "SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "sha512:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "md5:0123456789abcdef0123456789abcdef",
                " sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\uff10"
            })
    void isNoDigest(String text) {
        assertRefused(ErrorCode.DIGEST_INVALID, () -> Digest.parse(text));
    }

    @Test
    void aDigestCannotBeMadeOfAnythingElse() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Digest(Digest.Algorithm.SHA512, HEX_64));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Digest(Digest.Algorithm.SHA256, HEX_64.toUpperCase(Locale.ROOT)));
    }

    @Test
    void aDigestNamesItsBytesAndNoOthers() {
        byte[] empty = {};
        Digest digest = Digest.of(empty);
        assertThat(digest).hasToString("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assertThat(digest.matches(empty)).isTrue();
        assertThat(digest.matches(new byte[1])).isFalse();
        byte[] abc = "abc".getBytes(StandardCharsets.US_ASCII);
        Digest longer = Digest.parse("sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
        assertThat(longer.matches(abc)).isTrue();
        assertThat(longer.matches(empty)).isFalse();
    }

    @Test
    void aReferenceIsADigestWhenItHasAColon() {
        assertThat(Reference.parse("sha256:" + HEX_64)).isInstanceOf(Digest.class);
        assertThat(Reference.parse("sha256")).isEqualTo(new Tag("sha256"));
        assertRefused(ErrorCode.DIGEST_INVALID, () -> Reference.parse("a:b"));
    }
}
