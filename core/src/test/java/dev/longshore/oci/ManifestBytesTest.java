package dev.longshore.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ManifestBytesTest {

    private static final String IMAGE = "{\"schemaVersion\":2,\"config\":{},\"layers\":[]}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'schemaVersion':2,'manifests':[]}|application/vnd.oci.image.index.v1+json",
                "{'schemaVersion':2,'config':{'mediaType':'a/b'},'layers':[]}|application/vnd.oci.image.manifest.v1+json",
                "{'layers':[{'mediaType':'x/y'}]}|application/vnd.oci.image.manifest.v1+json",
                "{'mediaType':'application/vnd.docker.distribution.manifest.v2+json','config':{}}"
                        + "|application/vnd.docker.distribution.manifest.v2+json",
                "{'mediaType':'application/vnd.oci.artifact.manifest.v1+json','blobs':[]}"
                        + "|application/vnd.oci.artifact.manifest.v1+json",
                "{'schemaVersion':1,'fsLayers':[]}|application/vnd.docker.distribution.manifest.v1+json",
                "{'mediaType':'','manifests':[],'layers':null}|application/vnd.oci.image.index.v1+json",
            })
    void mediaTypeComesFromTheBytes(String json, String mediaType) {
        assertThat(parse(json.replace('\'', '"'), null).mediaType()).isEqualTo(mediaType);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "[]",
                "{}",
                "{\"schemaVersion\":2}",
                "{\"layers\":[]",
                "{\"layers\":[]} {}",
                "{\"layers\":[],\"manifests\":[]}",
                "{\"config\":{},\"manifests\":[]}",
                "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"layers\":[]}",
                "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"manifests\":[]}",
                "{\"mediaType\":\"a/b\\r\\nX: y\",\"layers\":[]}",
            })
    void whatIsNoManifestOrTwoIsRefused(String json) {
        assertThatThrownBy(() -> parse(json, null))
                .isInstanceOfSatisfying(
                        RegistryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_UNAVAILABLE));
    }

    @Test
    void specificContentTypeMustAgree() {
        String docker = "{\"mediaType\":\"" + MediaTypes.DOCKER_MANIFEST + "\",\"layers\":[]}";

        assertThat(parse(docker, MediaTypes.DOCKER_MANIFEST + "; charset=utf-8").mediaType())
                .isEqualTo(MediaTypes.DOCKER_MANIFEST);
        assertThatThrownBy(() -> parse(docker, MediaTypes.OCI_MANIFEST)).isInstanceOf(RegistryException.class);
        assertThatThrownBy(() -> parse(IMAGE, MediaTypes.OCI_INDEX)).isInstanceOf(RegistryException.class);
        assertThatThrownBy(() -> parse(IMAGE, MediaTypes.DOCKER_SCHEMA1)).isInstanceOf(RegistryException.class);
    }

    @Test
    void genericContentTypeContradictsNothing() {
        assertThat(parse(IMAGE, "application/json").mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
        assertThat(parse(IMAGE, "text/plain; charset=utf-8").mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
    }

    @Test
    void imageWithoutAMediaTypeMayBeCalledDockers() {
        assertThat(parse(IMAGE, MediaTypes.DOCKER_MANIFEST).mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
    }

    @Test
    void digestIsThatOfTheBytes() {
        ManifestBytes bytes = parse(IMAGE, null);

        assertThat(bytes.digest()).isEqualTo(Digest.of(IMAGE.getBytes(StandardCharsets.UTF_8)));
        assertThat(bytes.are(bytes.digest())).isTrue();
        assertThat(bytes.are(Digest.of(new byte[0]))).isFalse();
    }

    @Test
    void signedSchemaOneIsNamedByWhatWasSigned() {
        String payload = "{\"schemaVersion\":1,\"name\":\"a\"\n}";
        int head = payload.length() - 2;
        String covered =
                encode("{\"formatLength\":" + head + ",\"formatTail\":\"" + encode("\n}") + "\",\"time\":\"t\"}");
        String signed = payload.substring(0, head) + ",\"signatures\":[{\"header\":{\"jwk\":{}},\"protected\":\""
                + covered + "\"}]\n}";

        ManifestBytes bytes = parse(signed, MediaTypes.DOCKER_SCHEMA1_SIGNED);

        assertThat(bytes.mediaType()).isEqualTo(MediaTypes.DOCKER_SCHEMA1_SIGNED);
        assertThat(bytes.content()).hasToString(signed);
        assertThat(bytes.digest()).isEqualTo(Digest.of(payload.getBytes(StandardCharsets.UTF_8)));
    }

    /** Whoever writes the signature says what it covers: that must not name an image. */
    @Test
    void aSignatureNamesNothingButSchemaOne() {
        String other = "somebody else's content";
        String covered = encode("{\"formatLength\":0,\"formatTail\":\"" + encode(other) + "\"}");
        String image = "{\"schemaVersion\":1,\"mediaType\":\"" + MediaTypes.OCI_MANIFEST
                + "\",\"config\":{},\"layers\":[],\"signatures\":[{\"protected\":\"" + covered + "\"}]}";
        ManifestBytes bytes = parse(image, null);

        assertThat(bytes.are(Digest.of(other.getBytes(StandardCharsets.UTF_8)))).isFalse();
        assertThat(bytes.digest()).isEqualTo(Digest.of(image.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void signatureThatCannotBeReadIsRefused() {
        for (String covered : new String[] {"%%", encode("[]"), encode("{\"formatLength\":999}"), encode("{}")}) {
            String signed = "{\"schemaVersion\":1,\"signatures\":[{\"protected\":\"" + covered + "\"}]}";
            assertThatThrownBy(() -> parse(signed, null)).isInstanceOf(RegistryException.class);
        }
    }

    private static String encode(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ManifestBytes parse(String json, @Nullable String contentType) {
        return ManifestBytes.parse(Buffer.buffer(json), Optional.ofNullable(contentType));
    }
}
