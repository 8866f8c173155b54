package dev.longshore.oci;

import java.util.List;
import java.util.Set;

/** The media types of manifests. Source: OCI image-spec, media-types.md; Docker's image manifest v2, schemas 1 and 2. */
public final class MediaTypes {

    public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    public static final String OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json";
    public static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
    public static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    public static final String DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json";
    public static final String DOCKER_SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws";

    /** The largest manifest that is passed on. Source: OCI distribution-spec, "Pushing Manifests" (4 megabytes). */
    public static final int MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

    /** What an upstream is told that we accept: everything, so that it sends what it has and converts nothing. */
    public static final String ACCEPT_ANY_MANIFEST = String.join(
            ", ",
            List.of(
                    OCI_INDEX,
                    OCI_MANIFEST,
                    DOCKER_LIST,
                    DOCKER_MANIFEST,
                    OCI_ARTIFACT,
                    DOCKER_SCHEMA1_SIGNED + ";q=0.5",
                    DOCKER_SCHEMA1 + ";q=0.4",
                    "*/*;q=0.1"));

    private static final Set<String> SPECIFIC = Set.of(
            OCI_INDEX, OCI_MANIFEST, OCI_ARTIFACT, DOCKER_LIST, DOCKER_MANIFEST, DOCKER_SCHEMA1, DOCKER_SCHEMA1_SIGNED);

    private MediaTypes() {}

    /** Whether {@code type} says what kind of manifest it is, unlike {@code application/json}. */
    public static boolean isSpecific(String type) {
        return SPECIFIC.contains(type);
    }

    /** Whether {@code type} is one of the two forms of Docker's first manifest, which is passed through and not stored. */
    public static boolean isSchema1(String type) {
        return type.equals(DOCKER_SCHEMA1) || type.equals(DOCKER_SCHEMA1_SIGNED);
    }
}
