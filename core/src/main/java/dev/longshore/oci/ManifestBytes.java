package dev.longshore.oci;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the bytes of a manifest say of themselves, whatever a header says of them. Bytes that could be read in two ways
 * (CVE-2021-41190) are refused. Immutable.
 *
 * @param content the bytes, as they came
 * @param mediaType their {@code mediaType}, or what their fields tell
 * @param digested the bytes that are hashed: all, but for a signed schema 1 what was signed
 */
public record ManifestBytes(Buffer content, String mediaType, Buffer digested) {

    private static final JsonFactory JSON = new JsonFactory();
    private static final Pattern MEDIA_TYPE =
            Pattern.compile("[a-zA-Z0-9][\\w!#$&^.+-]{0,126}/[a-zA-Z0-9][\\w!#$&^.+-]{0,126}");

    /**
     * Reads {@code content}; throws {@link ErrorCode#UPSTREAM_UNAVAILABLE} when it is no manifest or contradicts itself
     * or {@code contentType}. A {@code contentType} that does not say what kind of manifest it is contradicts nothing.
     */
    public static ManifestBytes parse(Buffer content, Optional<String> contentType) {
        byte[] bytes = content.getBytes();
        Fields fields = Fields.of(bytes);
        if (fields.manifests && (fields.layers || fields.config)) {
            throw wrong("is an index and an image in one");
        }
        String mediaType = fields.mediaType != null ? fields.mediaType : fields.impliedType();
        if (fields.manifests && isImage(mediaType) || (fields.layers || fields.config) && isIndex(mediaType)) {
            throw wrong("has not the fields of its media type");
        }
        contentType
                .map(ManifestBytes::withoutParameters)
                .filter(MediaTypes::isSpecific)
                .filter(declared -> !agrees(declared, mediaType, fields.mediaType != null))
                .ifPresent(declared -> {
                    throw wrong("came as " + declared + " and is " + mediaType);
                });
        // Of anything else all bytes count: a payload is whatever its author says, and would pass for another's
        // content.
        String signature = MediaTypes.isSchema1(mediaType) ? fields.signature : null;
        return new ManifestBytes(content, mediaType, signature == null ? content : payload(bytes, signature));
    }

    /** A media type without its parameters, in lower case. */
    public static String withoutParameters(String contentType) {
        int semicolon = contentType.indexOf(';');
        return (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    /** The digest that names these bytes. */
    public Digest digest() {
        return Digest.of(digested.getBytes());
    }

    /** Whether {@code digest} names these bytes. */
    public boolean are(Digest digest) {
        return digest.matches(digested.getBytes());
    }

    private static boolean agrees(String declared, String mediaType, boolean explicit) {
        if (MediaTypes.isSchema1(declared) || MediaTypes.isSchema1(mediaType)) {
            return MediaTypes.isSchema1(declared) && MediaTypes.isSchema1(mediaType);
        }
        // Without a mediaType of its own an image may be called Docker's or OCI's; but an image is no index.
        return explicit ? declared.equals(mediaType) : isIndex(declared) == isIndex(mediaType);
    }

    private static boolean isIndex(String type) {
        return type.equals(MediaTypes.OCI_INDEX) || type.equals(MediaTypes.DOCKER_LIST);
    }

    private static boolean isImage(String type) {
        return type.equals(MediaTypes.OCI_MANIFEST) || type.equals(MediaTypes.DOCKER_MANIFEST);
    }

    /** What a JSON web signature of schema 1 covers. Source: Docker's image manifest v2, schema 1, "Signed Manifests". */
    private static Buffer payload(byte[] bytes, String signature) {
        try (JsonParser json = JSON.createParser(Base64.getUrlDecoder().decode(signature))) {
            int length = -1;
            byte[] tail = {};
            expect(json.nextToken() == JsonToken.START_OBJECT);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                if (field.equals("formatLength") && value == JsonToken.VALUE_NUMBER_INT) {
                    length = json.getIntValue();
                } else if (field.equals("formatTail") && value == JsonToken.VALUE_STRING) {
                    tail = Base64.getUrlDecoder().decode(json.getText());
                } else {
                    json.skipChildren();
                }
            }
            expect(length >= 0 && length <= bytes.length);
            return Buffer.buffer(length + tail.length)
                    .appendBytes(bytes, 0, length)
                    .appendBytes(tail);
        } catch (IOException | IllegalArgumentException e) {
            throw wrong("has a signature that cannot be read");
        }
    }

    private static void expect(boolean held) throws IOException {
        if (!held) {
            throw new IOException("unexpected form");
        }
    }

    private static RegistryException wrong(String what) {
        return new RegistryException(ErrorCode.UPSTREAM_UNAVAILABLE, "the manifest " + what);
    }

    /** The fields at the top that tell what it is; the rest is skipped, not built up. Confined to one context. */
    private static final class Fields {

        private @Nullable String mediaType;
        private @Nullable String signature;
        private boolean schema1;
        private boolean manifests;
        private boolean layers;
        private boolean config;

        static Fields of(byte[] bytes) {
            try (JsonParser json = JSON.createParser(new String(bytes, StandardCharsets.UTF_8))) {
                Fields fields = new Fields();
                expect(json.nextToken() == JsonToken.START_OBJECT);
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    fields.take(json);
                }
                expect(json.nextToken() == null);
                return fields;
            } catch (IOException e) {
                throw wrong("is not a JSON object");
            }
        }

        private void take(JsonParser json) throws IOException {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            boolean present = value != JsonToken.VALUE_NULL;
            switch (field) {
                case "mediaType" -> takeMediaType(json, value);
                case "schemaVersion" -> schema1 = value == JsonToken.VALUE_NUMBER_INT && json.getLongValue() == 1;
                case "manifests" -> manifests = present;
                case "layers" -> layers = present;
                case "config" -> config = present;
                case "signatures" -> takeSignatures(json, value);
                default -> {}
            }
            json.skipChildren();
        }

        private void takeMediaType(JsonParser json, JsonToken value) throws IOException {
            String text = value == JsonToken.VALUE_STRING ? json.getText() : "";
            if (!text.isEmpty() && !MEDIA_TYPE.matcher(text).matches()) {
                throw wrong("has a mediaType that is none");
            }
            mediaType = text.isEmpty() ? null : text;
        }

        /** The first signature's {@code protected} part: all cover the same payload. */
        private void takeSignatures(JsonParser json, JsonToken value) throws IOException {
            while (value == JsonToken.START_ARRAY && json.nextToken() != JsonToken.END_ARRAY) {
                if (json.currentToken() != JsonToken.START_OBJECT) {
                    json.skipChildren();
                    continue;
                }
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    boolean covers = json.currentName().equals("protected");
                    if (json.nextToken() == JsonToken.VALUE_STRING && covers && signature == null) {
                        signature = json.getText();
                    }
                    json.skipChildren();
                }
            }
        }

        private String impliedType() {
            if (schema1) {
                return signature != null ? MediaTypes.DOCKER_SCHEMA1_SIGNED : MediaTypes.DOCKER_SCHEMA1;
            }
            if (manifests) {
                return MediaTypes.OCI_INDEX;
            }
            if (layers || config) {
                return MediaTypes.OCI_MANIFEST;
            }
            throw wrong("says nowhere what kind it is");
        }
    }
}
