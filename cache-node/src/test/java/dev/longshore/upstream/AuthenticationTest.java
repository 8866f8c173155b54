package dev.longshore.upstream;

import static dev.longshore.upstream.UpstreamFixture.REPOSITORY;
import static dev.longshore.upstream.UpstreamFixture.assertRefused;
import static dev.longshore.upstream.UpstreamFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.loadtest.FakeRegistry;
import dev.longshore.loadtest.Fault;
import dev.longshore.loadtest.Images;
import dev.longshore.loadtest.Request;
import dev.longshore.oci.ErrorCode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AuthenticationTest {

    private final UpstreamFixture upstream = new UpstreamFixture();
    private final Images.Image image = upstream.fake.images().image(REPOSITORY, "3", new byte[] {1, 2, 3});

    @AfterEach
    void close() {
        upstream.close();
    }

    @Test
    void tokenIsFetchedOnceForAllWhoWait() {
        upstream.fake.requireToken();
        upstream.fake.always(Request.of(Request.Kind.TOKEN), Fault.delay(Duration.ofMillis(100)));

        await(Future.all(
                IntStream.range(0, 50).mapToObj(i -> upstream.manifest("3")).toList()));

        assertThat(upstream.fake.tokens().issued()).isEqualTo(1);
    }

    @Test
    void oneConnectionIsEnoughForATokenAndItsUse() {
        upstream.connections(1).fake.requireToken();

        await(Future.all(
                IntStream.range(0, 5).mapToObj(i -> upstream.manifest("3")).toList()));

        assertThat(upstream.fake.tokens().issued()).isEqualTo(1);
        assertThat(upstream.fake.log().peakRequests()).isEqualTo(1);
    }

    @Test
    void secondPullBringsItsTokenAlong() {
        upstream.fake.requireToken();
        await(upstream.manifest("3"));
        upstream.fake.log().clear();

        await(upstream.manifest(image.digest()));
        assertThat(upstream.fake.log().all()).hasSize(1);
    }

    @Test
    void tokenIsNotUsedPastItsTime() {
        upstream.fake.tokens().validFor(Duration.ofSeconds(100));
        upstream.fake.requireToken();
        await(upstream.manifest("3"));

        upstream.clock.turn(Duration.ofSeconds(89));
        await(upstream.manifest("3"));
        assertThat(upstream.fake.tokens().issued()).isEqualTo(1);

        upstream.clock.turn(Duration.ofSeconds(2));
        await(upstream.manifest("3"));
        assertThat(upstream.fake.tokens().issued()).isEqualTo(2);
    }

    @Test
    void revokedTokenIsReplacedOnce() {
        upstream.fake.requireToken();
        await(upstream.manifest("3"));
        upstream.fake.tokens().revokeAll();

        await(upstream.manifest("3"));
        assertThat(upstream.fake.tokens().issued()).isEqualTo(2);
    }

    @Test
    void tokenThatDoesNotHelpMeansDenied() {
        upstream.fake.requireToken();
        upstream.fake.always(
                Request.manifests(),
                Fault.error(401, "UNAUTHORIZED"),
                Fault.headers(Map.of("WWW-Authenticate", "Bearer realm=\"" + upstream.fake.url() + "/token\"")));

        assertRefused(upstream.manifest("3"), ErrorCode.DENIED).hasMessageContaining("fake.test");
        assertThat(upstream.fake.tokens().issued()).isEqualTo(1);
    }

    @Test
    void credentialsGoToTheRealm() {
        upstream.credentials("user", "secret")
                .fake
                .tokens()
                .onlyFor("user", "secret")
                .in("access_token");
        upstream.fake.requireToken();

        await(upstream.manifest("3"));
        assertThat(upstream.fake.log().matching(Request.manifests()))
                .noneMatch(exchange ->
                        exchange.request().header("authorization").orElse("").startsWith("Basic"));
    }

    @Test
    void wrongCredentialsMeanDenied() {
        upstream.credentials("user", "wrong").fake.tokens().onlyFor("user", "secret");
        upstream.fake.requireToken();

        assertRefused(upstream.manifest("3"), ErrorCode.DENIED)
                .hasMessageContaining("401")
                .message()
                .doesNotContain("wrong");
    }

    @Test
    void basicIsSentWhenAskedForAndThenBeforehand() {
        upstream.credentials("user", "secret").fake.always(Request.manifests(), Fault.basic("user", "secret"));

        await(upstream.manifest("3"));
        await(upstream.manifest("3"));
        assertThat(upstream.fake.log().all()).hasSize(3);
    }

    @Test
    void basicWithoutCredentialsMeansDenied() {
        upstream.fake.always(Request.manifests(), Fault.basic("user", "secret"));

        assertRefused(upstream.manifest("3"), ErrorCode.DENIED).hasMessageContaining("none are configured");
    }

    @Test
    void foreignRealmIsNotAsked() {
        try (FakeRegistry foreign = FakeRegistry.start()) {
            upstream.credentials("user", "secret").fake.requireToken(foreign.url() + "/token");

            assertRefused(upstream.manifest("3"), ErrorCode.DENIED).hasMessageContaining("token-hosts");
            assertThat(foreign.log().all()).isEmpty();
        }
    }

    @Test
    void listedRealmIsAsked() {
        upstream.fake.requireToken(upstream.fake.urlElsewhere() + "/token");
        upstream.tokenHosts(upstream.fake.urlElsewhere().replace("http://", ""));

        await(upstream.manifest("3"));
        assertThat(upstream.fake.tokens().issued()).isEqualTo(1);
    }

    @Test
    void realmMayNotRedirect() {
        upstream.fake.requireToken();
        upstream.fake.always(
                Request.of(Request.Kind.TOKEN), Fault.redirect(upstream.fake.urlElsewhere(), Duration.ofMinutes(1)));

        assertRefused(upstream.manifest("3"), ErrorCode.UPSTREAM_UNAVAILABLE).hasMessageContaining("307");
        assertThat(upstream.fake.log().count(Request.of(Request.Kind.REDIRECTED)))
                .isZero();
    }

    @Test
    void realmThatSendsNoTokenIsUnavailable() {
        upstream.fake.requireToken();
        upstream.fake.always(Request.of(Request.Kind.TOKEN), Fault.page());

        assertRefused(upstream.manifest("3"), ErrorCode.UPSTREAM_UNAVAILABLE).hasMessageContaining("no token");
    }
}
