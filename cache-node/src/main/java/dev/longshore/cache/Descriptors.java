package dev.longshore.cache;

import dev.longshore.oci.Descriptor;
import dev.longshore.oci.Digest;
import dev.longshore.oci.RegistryException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What manifests name. Source: OCI image-spec, manifest.md and image-index.md. */
final class Descriptors {

    private Descriptors() {}

    /** The config and the layers of an image, the manifests of an index; a manifest of another form names nothing. */
    static Stream<Descriptor> of(Buffer manifest) {
        try {
            JsonObject fields = manifest.toJsonObject();
            return Stream.of(
                            Stream.ofNullable(fields.getValue("config")),
                            each(fields.getValue("layers")),
                            each(fields.getValue("manifests")))
                    .flatMap(each -> each)
                    .flatMap(each -> descriptor(each).stream());
        } catch (DecodeException e) {
            return Stream.empty();
        }
    }

    private static Stream<Object> each(@Nullable Object list) {
        return list instanceof JsonArray array ? array.stream() : Stream.empty();
    }

    private static Optional<Descriptor> descriptor(Object each) {
        if (!(each instanceof JsonObject fields)
                || !(fields.getValue("digest") instanceof String digest)
                || !(fields.getValue("size") instanceof Number size)) {
            return Optional.empty();
        }
        try {
            String mediaType = fields.getValue("mediaType") instanceof String type ? type : "";
            return Optional.of(new Descriptor(Digest.parse(digest), mediaType, size.longValue()));
        } catch (RegistryException e) {
            // An algorithm that is not known here names nothing that can be pulled here.
            return Optional.empty();
        }
    }
}
