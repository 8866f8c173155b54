package dev.longshore.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.config.Listen;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AvoidedTest {

    private static final Node ONE = Node.at(new Listen("10.0.0.1", 5100));
    private static final Node TWO = Node.at(new Listen("10.0.0.2", 5100));
    private static final Node THREE = Node.at(new Listen("10.0.0.3", 5100));

    private final Avoided avoided = new Avoided();

    @Test
    void whoFailedIsAskedLast() {
        avoided.failed(ONE, new IOException("gone"));

        assertThat(avoided.has(ONE)).isTrue();
        assertThat(avoided.last(List.of(ONE, TWO, THREE))).containsExactly(TWO, THREE, ONE);
    }

    @Test
    void whatOneProcessFoundOutAnotherKnows() {
        Avoided other = new Avoided();
        avoided.failed(ONE, new IOException("gone"));
        avoided.failed(THREE, new IOException("gone"));

        other.told(avoided.news());

        assertThat(other.last(List.of(ONE, TWO, THREE))).containsExactly(TWO, ONE, THREE);
    }

    @Test
    void whatOneWasToldOneDoesNotTell() {
        avoided.told(ONE.name());

        assertThat(avoided.has(ONE)).isTrue();
        assertThat(avoided.news()).isEmpty();
    }
}
