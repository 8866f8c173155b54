package dev.longshore.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.config.Secret;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AdminDoorTest {

    private final AdminDoor open = new AdminDoor(null);
    private final AdminDoor guarded = new AdminDoor(Secret.of("sesame"));

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "0:0:0:0:0:0:0:1", "::1"})
    void withoutATokenThisMachineIsLetIn(String address) {
        assertThat(open.refusal(address, null, null)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1", "fe80:0:0:0:0:0:0:1", "0.0.0.1"})
    void withoutATokenNobodyElseIs(String address) {
        assertThat(open.refusal(address, null, null))
                .hasValueSatisfying(refusal -> assertThat(refusal.status()).isEqualTo(403));
        assertThat(open.refusal(address, "Bearer sesame", null)).isPresent();
    }

    @Test
    void withoutATokenNoPageCanHaveABrowserAsk() {
        assertThat(open.refusal("127.0.0.1", null, "https://example.com")).isPresent();
    }

    @Test
    void whoShowsTheTokenIsLetInFromAnywhere() {
        assertThat(guarded.refusal("10.0.0.1", "Bearer sesame", null)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sesame", "Bearer ", "Bearer sesam", "Bearer sesame1", "Basic sesame"})
    void whoDoesNotIsNotEvenFromHere(String shown) {
        assertThat(guarded.refusal("127.0.0.1", shown, null))
                .hasValueSatisfying(refusal -> assertThat(refusal.status()).isEqualTo(401));
        assertThat(guarded.refusal("127.0.0.1", null, null)).isPresent();
    }
}
