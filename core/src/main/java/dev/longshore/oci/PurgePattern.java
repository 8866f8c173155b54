package dev.longshore.oci;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What an operator wants forgotten: {@code library/alpine} with all that is its own, {@code library/alpine:3*} some tags,
 * {@code library/alpine@sha256:…} what a digest names there, {@code sha256:…} what it names anywhere. Immutable.
 *
 * @param repositories by the names under which they are stored
 * @param tags a glob
 */
public record PurgePattern(RepositoryPattern repositories, Optional<String> tags, Optional<Digest> digest) {

    private static final String ANY = "**";
    private static final Pattern TAGS = Pattern.compile("[a-zA-Z0-9_*][a-zA-Z0-9._*-]{0,127}");

    /**
     * Parses what a person writes, who names an upstream or means the default one; {@code *} or {@code **} in its place
     * means all of them. Throws {@link IllegalArgumentException}.
     */
    public static PurgePattern parse(String text, UpstreamNames upstreams) {
        return parse(text, name -> stored(name, upstreams));
    }

    /** Parses its own text. */
    static PurgePattern parse(String text) {
        return parse(text, name -> name);
    }

    private interface Naming {
        String stored(String name);
    }

    private static PurgePattern parse(String text, Naming naming) {
        int at = text.indexOf('@');
        if (at < 0 && text.matches("sha(256|512):[0-9a-f]+")) {
            return new PurgePattern(RepositoryPattern.parse(ANY), Optional.empty(), Optional.of(digest(text)));
        }
        String named = at < 0 ? text : text.substring(0, at);
        int colon = at < 0 ? named.indexOf(':', named.lastIndexOf('/') + 1) : -1;
        String name = naming.stored(colon < 0 ? named : named.substring(0, colon));
        return new PurgePattern(
                RepositoryPattern.parse(name),
                colon < 0 ? Optional.empty() : Optional.of(tags(named.substring(colon + 1))),
                at < 0 ? Optional.empty() : Optional.of(digest(text.substring(at + 1))));
    }

    private static String tags(String glob) {
        if (!TAGS.matcher(glob).matches()) {
            throw new IllegalArgumentException('"' + glob + "\" is not a tag, or a pattern of tags such as 3.*");
        }
        return glob;
    }

    private static Digest digest(String text) {
        try {
            return Digest.parse(text);
        } catch (RegistryException e) {
            throw new IllegalArgumentException('"' + text + "\" is not a digest", e);
        }
    }

    private static String stored(String name, UpstreamNames upstreams) {
        int slash = name.indexOf('/');
        String first = slash < 0 ? name : name.substring(0, slash);
        if (first.equals(ANY) || slash > 0 && first.equals("*")) {
            return name;
        }
        Optional<String> upstream = slash < 0 ? Optional.empty() : upstreams.find(first);
        if (slash > 0 && upstream.isEmpty() && first.matches(".*[.:].*")) {
            throw new IllegalArgumentException('"' + first + "\" is no upstream of this mirror");
        }
        String path = upstream.isPresent() ? name.substring(slash + 1) : name;
        String key = upstream.or(upstreams::byDefault)
                .orElseThrow(() -> new IllegalArgumentException('"' + name + "\" names no upstream of this mirror"));
        boolean official = key.equals(UpstreamNames.DOCKER_HUB) && path.indexOf('/') < 0 && !path.equals(ANY);
        return key.replace(':', '_') + "/" + (official ? "library/" : "") + path;
    }

    /** Whether it means a tag, or what a digest names, in a repository. */
    boolean covers(RepositoryName repository, Reference reference) {
        return repositories.matches(repository.storedName())
                && (reference instanceof Digest named
                        ? tags.isEmpty() && digest.map(named::equals).orElse(true)
                        : digest.isEmpty() && coversTag(reference.toString()));
    }

    private boolean coversTag(String tag) {
        return tags.map(glob -> tag.matches(glob.replace(".", "\\.").replace("*", ".*")))
                .orElse(true);
    }

    /** As {@link #parse(String)} reads it. */
    @Override
    public String toString() {
        return repositories
                + tags.map(glob -> ":" + glob).orElse("")
                + digest.map(named -> "@" + named).orElse("");
    }
}
