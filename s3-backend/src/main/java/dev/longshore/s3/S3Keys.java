package dev.longshore.s3;

import dev.longshore.oci.Digest;
import dev.longshore.oci.Link;
import dev.longshore.oci.RegistryException;
import java.util.Optional;

/**
 * Where everything lies in the bucket. Source: Distribution's {@code registry/storage/paths.go} for {@code docker/};
 * {@code longshore/} holds what that layout has no place for, and may be deleted at any time. Immutable.
 *
 * @param root before every key: empty, or ending in a slash
 */
record S3Keys(String root) {

    /** The keys below {@code prefix}, with or without slashes around it; as Distribution's {@code rootdirectory}. */
    static S3Keys below(String prefix) {
        String bare = prefix.replaceAll("^/+|/+$", "");
        return new S3Keys(bare.isEmpty() ? "" : bare + "/");
    }

    String blobs() {
        return registry() + "blobs/";
    }

    String blob(Digest digest) {
        return blobs() + digest.algorithm().label() + "/" + digest.hex().substring(0, 2) + "/" + digest.hex() + "/data";
    }

    /** The digest of the blob that lies under {@code key}; none when that is no blob's. */
    Optional<Digest> blobAt(String key) {
        String[] parts =
                key.startsWith(blobs()) ? key.substring(blobs().length()).split("/", -1) : new String[0];
        try {
            return parts.length == 4 && parts[3].equals("data")
                    ? Optional.of(Digest.parse(parts[0] + ":" + parts[2]))
                    : Optional.empty();
        } catch (RegistryException e) {
            return Optional.empty();
        }
    }

    /** Where all links of some repositories lie: those whose stored names begin with {@code root}. */
    String links(String root) {
        return registry() + "repositories/" + root;
    }

    String link(Link link) {
        return links(link.path());
    }

    /** The link under {@code key}; none when that is no link. */
    Optional<Link> linkAt(String key) {
        return Link.at(key.substring(links("").length()));
    }

    /** What nodes tell of the blobs they served: an object for each time they tell. */
    String reports() {
        return root + "longshore/used/";
    }

    /** When each blob was used last, as far as it has been summed up. */
    String summary() {
        return root + "longshore/last-used";
    }

    private String registry() {
        return root + "docker/registry/v2/";
    }
}
