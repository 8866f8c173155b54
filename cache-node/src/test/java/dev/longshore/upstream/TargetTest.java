package dev.longshore.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TargetTest {

    private static final Target HERE = Target.parse("https://registry.test/v2/a/blobs/b?c=d");

    @Test
    void locationKeepsItsEncoding() {
        assertThat(HERE.follow("https://cdn.test:8443/x%2Fy?s=%2b%20|^{}#fragment"))
                .isEqualTo(new Target(true, "cdn.test", 8443, "/x%2Fy?s=%2b%20|^{}"));
        assertThat(HERE.follow("HTTPS://CDN.test")).isEqualTo(new Target(true, "cdn.test", 443, "/"));
        assertThat(HERE.follow("//[::1]:5000/x")).isEqualTo(new Target(true, "::1", 5000, "/x"));
    }

    @Test
    void authorityIsWhatHostSays() {
        assertThat(HERE.authority()).isEqualTo("registry.test");
        assertThat(Target.parse("http://[fd00::1]:5000/").authority()).isEqualTo("[fd00::1]:5000");
        assertThat(Target.parse("http://[FD00::1]/").authority()).isEqualTo("[fd00::1]");
    }

    @Test
    void relativeLocationStaysHere() {
        assertThat(HERE.follow("/else?e")).isEqualTo(HERE.at("/else?e"));
        assertThat(HERE.follow("sibling")).isEqualTo(HERE.at("/v2/a/blobs/sibling"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "ftp://a/b", "https://", "https://user@host/", "https://a b/", "https://a:99999/", "/a\r\nb"
            })
    void otherLocationsAreRefused(String location) {
        assertThatThrownBy(() -> HERE.follow(location)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void signatureIsNotPrinted() {
        assertThat(HERE).hasToString("https://registry.test/v2/a/blobs/b");
    }

    @Test
    void originIsSchemeHostAndPort() {
        assertThat(HERE.sameOrigin(Target.parse("https://REGISTRY.test:443/"))).isTrue();
        assertThat(HERE.sameOrigin(Target.parse("https://registry.test:444/"))).isFalse();
        assertThat(HERE.sameOrigin(Target.parse("http://registry.test:443/"))).isFalse();
    }
}
