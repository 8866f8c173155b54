package dev.longshore.admin;

import dev.longshore.oci.Digest;
import dev.longshore.oci.ErrorCode;
import dev.longshore.oci.MediaTypes;
import dev.longshore.oci.RegistryException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a manifest is made of. Source: OCI image-spec, manifest.md and image-index.md. Immutable.
 *
 * @param manifests the images of an index that were chosen
 * @param blobs the config and the layers of an image, but for those that clients fetch from elsewhere
 */
record Contents(List<Digest> manifests, List<Part> blobs) {

    /** A blob, and how long its manifest says it is. */
    record Part(Digest digest, long size) {}

    /**
     * Reads the manifest {@code content}.
     *
     * @param mediaType what it is
     * @param platforms which of an index's images are meant; empty = all of them
     */
    static Contents of(Buffer content, String mediaType, Set<Platform> platforms) {
        if (MediaTypes.isSchema1(mediaType)) {
            throw wrong("is of Docker's first form, which is passed through and not kept");
        }
        try {
            JsonObject fields = content.toJsonObject();
            List<Digest> manifests = new ArrayList<>();
            for (Object each : fields.getJsonArray("manifests", new JsonArray())) {
                JsonObject child = (JsonObject) each;
                JsonObject platform = child.getJsonObject("platform", new JsonObject());
                if (platforms.isEmpty() || platforms.stream().anyMatch(wanted -> wanted.matches(platform))) {
                    manifests.add(Digest.parse(child.getString("digest")));
                }
            }
            if (manifests.isEmpty() && fields.containsKey("manifests") && !platforms.isEmpty()) {
                throw wrong("has no image for any of the platforms that were chosen");
            }
            List<Part> blobs = new ArrayList<>();
            if (fields.getValue("config") instanceof JsonObject config) {
                blobs.add(part(config));
            }
            for (Object each : fields.getJsonArray("layers", new JsonArray())) {
                JsonObject layer = (JsonObject) each;
                if (!isElsewhere(layer.getString("mediaType", ""))) {
                    blobs.add(part(layer));
                }
            }
            return new Contents(manifests, blobs);
        } catch (DecodeException | ClassCastException | NullPointerException e) {
            throw wrong("cannot be read: " + e.getMessage());
        }
    }

    private static Part part(JsonObject descriptor) {
        return new Part(Digest.parse(descriptor.getString("digest")), descriptor.getLong("size", 0L));
    }

    private static boolean isElsewhere(String mediaType) {
        return mediaType.contains(".foreign.") || mediaType.contains(".nondistributable.");
    }

    private static RegistryException wrong(String what) {
        return new RegistryException(ErrorCode.UNSUPPORTED, "the manifest " + what);
    }
}
