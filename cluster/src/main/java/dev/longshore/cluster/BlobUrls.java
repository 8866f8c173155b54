package dev.longshore.cluster;

import dev.longshore.oci.BlobPull;
import dev.longshore.oci.RegistryPath;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Addresses at which anybody may fetch one blob from a node, for a short while: {@code
 * <public-url><path>?expires=<unix>&signature=<hex>}. Thread-safe.
 */
public final class BlobUrls {

    private static final Pattern QUERY = Pattern.compile("expires=([0-9]{1,12})&signature=([0-9a-f]{64})");

    private final ClusterKeys keys;
    private final InstantSource clock;

    public BlobUrls(ClusterKeys keys, InstantSource clock) {
        this.keys = keys;
        this.clock = clock;
    }

    /**
     * Where {@code pull}'s blob may be fetched for {@code validity} from now on.
     *
     * @param publicUrl of the node, without a path
     */
    public URI sign(URI publicUrl, BlobPull pull, Duration validity) {
        // The path names the upstream, so that nothing of the query has to.
        String path = RegistryPath.write(pull).split("\\?", 2)[0];
        String expires = Long.toString(clock.instant().plus(validity).getEpochSecond());
        String base = publicUrl.toString().replaceAll("/+$", "");
        return URI.create(base + path + "?expires=" + expires + "&signature=" + keys.sign(text(path, expires)));
    }

    /** Whether {@code path} and {@code query} are of an address that was signed and has not expired. */
    boolean admits(String path, String query) {
        Matcher matcher = QUERY.matcher(query);
        return matcher.matches()
                && Long.parseLong(matcher.group(1)) >= clock.instant().getEpochSecond()
                && keys.verify(text(path, matcher.group(1)), matcher.group(2));
    }

    private static String text(String path, String expires) {
        return "v1-url\n" + path + "\n" + expires;
    }
}
