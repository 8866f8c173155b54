package dev.longshore.loadtest;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Builds images that real clients can unpack, in the content of a fake registry. Thread-safe. */
public final class Images {
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
    private static final String EMPTY = "application/vnd.oci.empty.v1+json";
    private static final int TAR_BLOCK = 512;

    private final Content content;

    Images(Content content) {
        this.content = content;
    }

    /**
     * What was built. Immutable.
     *
     * @param digest of the manifest
     */
    public record Image(String digest, long size, String mediaType, String config, List<String> layers) {

        Map<String, Object> descriptor() {
            return Images.descriptor(mediaType, digest, size);
        }
    }

    /** An image for linux/amd64 under a tag; make layers with {@link #layer} if they are to be unpacked. */
    public Image image(String repository, String tag, byte[]... layers) {
        Image image = untagged(repository, "amd64", layers);
        content.tag(repository, tag, image.digest);
        return image;
    }

    private Image untagged(String repository, String architecture, byte[]... layers) {
        List<String> digests = Stream.of(layers)
                .map(layer -> content.putBlob(repository, layer))
                .toList();
        byte[] config = Json.bytes(ordered(
                "architecture",
                architecture,
                "os",
                "linux",
                "config",
                Map.of(),
                "rootfs",
                ordered("type", "layers", "diff_ids", digests)));
        List<Map<String, Object>> descriptors =
                Stream.of(layers).map(layer -> put(repository, LAYER, layer)).toList();
        return manifest(
                repository,
                digests,
                ordered(
                        "schemaVersion",
                        2,
                        "mediaType",
                        MANIFEST,
                        "config",
                        put(repository, CONFIG, config),
                        "layers",
                        descriptors));
    }

    /** An index of an amd64 and an arm64 image, each of one layer, under a tag. */
    public Image index(String repository, String tag, byte[] amd64, byte[] arm64) {
        List<Map<String, Object>> children = List.of(
                platform(untagged(repository, "amd64", amd64), "amd64"),
                platform(untagged(repository, "arm64", arm64), "arm64"));
        byte[] bytes = Json.bytes(ordered("schemaVersion", 2, "mediaType", Content.INDEX, "manifests", children));
        String digest = content.putManifest(repository, tag, bytes, Content.INDEX);
        return new Image(digest, bytes.length, Content.INDEX, "", List.of());
    }

    private static Map<String, Object> platform(Image image, String architecture) {
        Map<String, Object> descriptor = image.descriptor();
        descriptor.put("platform", ordered("architecture", architecture, "os", "linux"));
        return descriptor;
    }

    /** An artifact that refers to {@code subject}, without a tag. */
    public Image artifact(String repository, Image subject, String artifactType, byte[] payload) {
        Map<String, Object> blob = put(repository, "application/octet-stream", payload);
        return manifest(
                repository,
                List.of(Body.digestOf(payload)),
                ordered(
                        "schemaVersion",
                        2,
                        "mediaType",
                        MANIFEST,
                        "artifactType",
                        artifactType,
                        "config",
                        put(repository, EMPTY, "{}".getBytes(StandardCharsets.UTF_8)),
                        "layers",
                        List.of(blob),
                        "subject",
                        subject.descriptor()));
    }

    private Image manifest(String repository, List<String> layers, Map<String, Object> manifest) {
        byte[] bytes = Json.bytes(manifest);
        String digest = content.putManifest(repository, bytes, MANIFEST);
        String config = Json.tree(bytes).path("config").path("digest").asText();
        return new Image(digest, bytes.length, MANIFEST, config, layers);
    }

    private Map<String, Object> put(String repository, String mediaType, byte[] bytes) {
        return descriptor(mediaType, content.putBlob(repository, bytes), bytes.length);
    }

    private static Map<String, Object> descriptor(String mediaType, String digest, long size) {
        return ordered("mediaType", mediaType, "digest", digest, "size", size);
    }

    private static Map<String, Object> ordered(Object... namesAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }

    /** A layer of one file: an uncompressed tar archive in the ustar format of POSIX.1. */
    public static byte[] layer(String path, byte[] file) {
        byte[] header = new byte[TAR_BLOCK];
        field(header, 0, path);
        field(header, 100, "0000644");
        field(header, 108, "0000000");
        field(header, 116, "0000000");
        field(header, 124, String.format("%011o", file.length));
        field(header, 136, "00000000000");
        field(header, 148, "        "); // the checksum is taken with blanks in its place
        field(header, 156, "0");
        field(header, 257, "ustar");
        field(header, 263, "00");
        int checksum = 0;
        for (byte b : header) {
            checksum += b & 0xff;
        }
        field(header, 148, String.format("%06o\0 ", checksum));
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        tar.writeBytes(header);
        tar.writeBytes(Arrays.copyOf(file, (file.length + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK));
        tar.writeBytes(new byte[2 * TAR_BLOCK]);
        return tar.toByteArray();
    }

    private static void field(byte[] header, int at, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
