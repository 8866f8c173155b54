package dev.longshore.oci;

/**
 * A repository of one upstream: {@code docker.io} and {@code library/alpine}. The path is what the upstream knows, with
 * Docker Hub's {@code library/} spelt out. Source: OCI distribution-spec, "Pulling manifests". Immutable.
 *
 * @param upstream the upstream's key in the table of upstreams, as {@code docker.io} or {@code registry.local:5000}
 * @param path one or more components, at most 255 characters together
 */
public record RepositoryName(String upstream, String path) {

    private static final int MAX_LENGTH = 255;

    /** Throws {@link ErrorCode#NAME_INVALID} when the path is outside the grammar. */
    public RepositoryName {
        if (upstream.isEmpty() || !isPath(path)) {
            throw new RegistryException(ErrorCode.NAME_INVALID, "not a repository name");
        }
    }

    private static boolean isPath(String path) {
        if (path.isEmpty() || path.length() > MAX_LENGTH) {
            return false;
        }
        int start = 0;
        while (true) {
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            if (!isComponent(path, start, end)) {
                return false;
            }
            if (slash < 0) {
                return true;
            }
            start = slash + 1;
        }
    }

    /** {@code [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*}, by hand because it stands on the path of every request. */
    private static boolean isComponent(String path, int start, int end) {
        int i = start;
        while (true) {
            int word = i;
            while (i < end && isAlphanumeric(path.charAt(i))) {
                i++;
            }
            if (i == word) {
                return false;
            }
            if (i == end) {
                return true;
            }
            char separator = path.charAt(i);
            int run = i;
            while (i < end && path.charAt(i) == separator) {
                i++;
            }
            int length = i - run;
            boolean allowed = separator == '-' || separator == '.' && length == 1 || separator == '_' && length <= 2;
            if (!allowed) {
                return false;
            }
        }
    }

    private static boolean isAlphanumeric(char c) {
        return c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
    }

    /** The name under which this mirror stores and lists it: {@code docker.io/library/alpine}, a port's colon as {@code _}. */
    public String storedName() {
        return upstream.replace(':', '_') + "/" + path;
    }

    @Override
    public String toString() {
        return upstream + "/" + path;
    }
}
