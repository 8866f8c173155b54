package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longshore.oci.Descriptor;
import dev.longshore.oci.Digest;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DescriptorsTest {

    private static final Digest DIGEST = Digest.of(new byte[1]);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "not json",
                "{\"config\":null,\"layers\":null,\"manifests\":null}",
                "{\"config\":1,\"layers\":{},\"manifests\":\"\"}",
                "{\"layers\":[null,1,{}],\"config\":{\"digest\":\"none\",\"size\":1}}"
            })
    void whatNamesNothing(String manifest) {
        assertThat(Descriptors.of(Buffer.buffer(manifest))).isEmpty();
    }

    @Test
    void whatIsNamedBesideNothing() {
        Buffer manifest = Buffer.buffer(
                "{\"config\":{\"digest\":\"" + DIGEST + "\",\"size\":1,\"mediaType\":\"a/b\"},\"layers\":null}");
        assertThat(Descriptors.of(manifest)).containsExactly(new Descriptor(DIGEST, "a/b", 1));
    }
}
