package dev.longshore.upstream;

import static dev.longshore.upstream.UpstreamFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProxyEnvironmentTest {

    @Test
    void schemeOfTheTargetChoosesTheProxy() {
        ProxyEnvironment environment =
                ProxyEnvironment.of(Map.of("HTTPS_PROXY", "http://u:p%40w@secure:3128", "http_proxy", "plain:8080"));

        assertThat(proxy(environment, "https://registry.test/")).hasValueSatisfying(proxy -> {
            assertThat(proxy.getHost()).isEqualTo("secure");
            assertThat(proxy.getPort()).isEqualTo(3128);
            assertThat(proxy.getUsername()).isEqualTo("u");
            assertThat(proxy.getPassword()).isEqualTo("p@w");
        });
        assertThat(proxy(environment, "http://registry.test/"))
                .hasValueSatisfying(proxy -> assertThat(proxy.getHost()).isEqualTo("plain"));
    }

    @Test
    void socksProxyIsUnderstood() {
        assertThat(proxy(ProxyEnvironment.of(Map.of("https_proxy", "socks5://s")), "https://registry.test/"))
                .hasValueSatisfying(proxy -> assertThat(proxy.getType()).isEqualTo(ProxyType.SOCKS5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://localhost/", "https://127.0.0.1:5000/", "https://127.8.8.8/", "https://[::1]/"})
    void loopbackIsReachedDirectly(String url) {
        assertThat(proxy(ProxyEnvironment.of(Map.of("HTTPS_PROXY", "p:1")), url))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "*, https://registry.test/, true",
        "registry.test, https://registry.test/, true",
        "registry.test, https://cdn.registry.test/, true",
        "registry.test, https://otherregistry.test/, false",
        ".registry.test, https://cdn.registry.test/, true",
        ".registry.test, https://registry.test/, false",
        "*.registry.test, https://cdn.registry.test/, true",
        "registry.test:444, https://registry.test/, false",
        "registry.test:443, https://registry.test/, true",
        "REGISTRY.TEST, https://registry.test/, true",
        "10.0.0.0/8, https://10.1.2.3/, true",
        "10.0.0.0/8, https://11.1.2.3/, false",
        "10.1.2.3, https://10.1.2.3/, true",
        "10.0.0.0/8, https://registry.test/, false",
        "fd00::/8, https://[fd00::1]/, true",
        "fd00::1, https://[fd00::1]/, true",
        "'[fd00::1]:5000', https://[fd00::1]:5000/, true",
        "'[fd00::1]:5000', https://[fd00::1]/, false",
    })
    void exemptionsFollowGo(String exempt, String url, boolean direct) {
        ProxyEnvironment environment =
                ProxyEnvironment.of(Map.of("HTTPS_PROXY", "p:1", "NO_PROXY", "unrelated, " + exempt));

        assertThat(proxy(environment, url).isEmpty()).isEqualTo(direct);
    }

    @Test
    void unusableProxyIsRefusedWithoutItsPassword() {
        assertThatThrownBy(() -> ProxyEnvironment.of(Map.of("HTTPS_PROXY", "ftp://u:secret@h")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("HTTPS_PROXY")
                .message()
                .doesNotContain("secret");
    }

    @Test
    void pullGoesThroughTheProxy() {
        try (UpstreamFixture upstream = new UpstreamFixture()) {
            upstream.url("http://registry.test").environment(Map.of("HTTP_PROXY", upstream.fake.url()));
            var image = upstream.fake.images().image(UpstreamFixture.REPOSITORY, "3", new byte[] {1});

            assertThat(await(upstream.manifest("3")).descriptor().digest()).hasToString(image.digest());
            assertThat(upstream.fake.log().all().get(0).request().header("host"))
                    .contains("registry.test");
        }
    }

    private static Optional<ProxyOptions> proxy(ProxyEnvironment environment, String url) {
        return environment.proxyFor(Target.parse(url));
    }
}
