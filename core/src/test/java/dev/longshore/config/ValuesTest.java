package dev.longshore.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.longshore.oci.RepositoryPattern;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ValuesTest {

    @ParameterizedTest
    @CsvSource({"0B, 0", "512B, 512", "1KiB, 1024", "3 MiB, 3145728", "50GiB, 53687091200", "1TiB, 1099511627776"})
    void sizesAreBinary(String text, long bytes) {
        DataSize size = DataSize.parse(text);

        assertThat(size.bytes()).isEqualTo(bytes);
        assertThat(DataSize.parse(size.toString())).isEqualTo(size);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "GiB", "-1GiB", "1.5GiB", "1GB", "1gib", "1 0GiB", "9999999999TiB"})
    void noOtherSizesAreGuessed(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> DataSize.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"0s, 0", "500ms, 500", "90s, 90000", "5m, 300000", "2h, 7200000", "7d, 604800000"})
    void durationsHaveAUnit(String text, long millis) {
        Duration duration = Durations.parse(text);

        assertThat(duration).isEqualTo(Duration.ofMillis(millis));
        assertThat(Durations.parse(Durations.format(duration))).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "60", "1h30m", "-1s", "1w", "1.5s", "PT1S"})
    void noOtherDurationsAreGuessed(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Durations.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "library/**, library/alpine, true",
        "library/**, library/a/b, true",
        "library/**, library, false",
        "library/**, librarian/alpine, false",
        "library/*, library/alpine, true",
        "library/*, library/a/b, false",
        "*, alpine, true",
        "*, library/alpine, false",
        "**, library/alpine, true",
        "**/app, app, true",
        "**/app, a/b/app, true",
        "**/app, a/happy, false",
        "team-*/app.web, team-blue/app.web, true",
        "team-*/app.web, team-blue/appxweb, false",
        "a/**/z, a/z, true",
        "a/**/z, a/b/c/z, true",
    })
    void aPatternCountsComponents(String glob, String path, boolean matches) {
        assertThat(RepositoryPattern.parse(glob).matches(path)).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:1, true",
        "localhost:1, true",
        "[::1]:1, true",
        "0.0.0.0:1, false",
        "127.example.com:1, false"
    })
    void onlyTheMachineItselfIsLoopback(String text, boolean loopback) {
        Listen listen = Listen.parse(text);

        assertThat(listen.isLoopback()).isEqualTo(loopback);
        assertThat(listen).hasToString(text);
    }

    @Test
    void aSecretDoesNotShowItself() {
        assertThat(new Credentials("someone", Secret.of("hush")).toString()).doesNotContain("hush");
    }
}
