package dev.longshore.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ChallengeTest {

    @Test
    void bearerChallengeIsRead() {
        assertThat(parse("Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\","
                        + "scope=\"repository:library/alpine:pull\""))
                .containsExactly(new Challenge(
                        "bearer",
                        Map.of(
                                "realm", "https://auth.docker.io/token",
                                "service", "registry.docker.io",
                                "scope", "repository:library/alpine:pull")));
    }

    @Test
    void severalChallengesStandInOneHeaderOrInMany() {
        List<Challenge> expected =
                List.of(new Challenge("basic", Map.of("realm", "a, b")), new Challenge("bearer", Map.of("realm", "c")));

        assertThat(parse("Basic realm=\"a, b\", Bearer realm=c")).isEqualTo(expected);
        assertThat(parse("Basic realm=\"a, b\"", "BEARER Realm = \"c\"")).isEqualTo(expected);
    }

    @Test
    void escapesInQuotesAreTakenAway() {
        assertThat(parse("Basic realm=\"say \\\"a\\\\b\\\"\"").get(0).get("realm"))
                .isEqualTo("say \"a\\b\"");
    }

    @Test
    void malformedHeadersEnd() {
        assertThat(parse("")).isEmpty();
        assertThat(parse("=,\"")).isEmpty();
        assertThat(parse("Negotiate abc=="))
                .first()
                .extracting(Challenge::scheme)
                .isEqualTo("negotiate");
        assertThat(parse("Bearer realm=\"open").get(0).get("realm")).isEqualTo("open");
        assertThat(parse("Bearer realm=\"open\\").get(0).get("scope")).isEmpty();
    }

    private static List<Challenge> parse(String... headers) {
        return Challenge.parse(List.of(headers));
    }
}
