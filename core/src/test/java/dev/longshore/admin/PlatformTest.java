package dev.longshore.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlatformTest {

    @ParameterizedTest
    @CsvSource({
        "linux/amd64, amd64, , true",
        "linux/amd64, arm64, , false",
        "linux/amd64/v1, amd64, , true",
        "linux/amd64/v3, amd64, , false",
        "linux/arm64, arm64, v8, true",
        "linux/arm64/v8, arm64, , true",
        "linux/arm64/v8, arm64, v8, true",
        "linux/arm64/v9, arm64, v8, false",
        "linux/arm/v7, arm, , true",
        "linux/arm/v6, arm, v7, false",
        "linux/s390x/z15, s390x, , false"
    })
    void aVariantThatAnIndexLeavesOutIsTheUsualOne(
            String wanted, String architecture, String variant, boolean matches) {
        JsonObject platform = new JsonObject().put("os", "linux").put("architecture", architecture);
        if (variant != null) {
            platform.put("variant", variant);
        }

        assertThat(Platform.parse(wanted).matches(platform)).isEqualTo(matches);
    }
}
