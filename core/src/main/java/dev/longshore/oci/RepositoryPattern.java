package dev.longshore.oci;

import java.util.regex.Pattern;

/**
 * A set of repositories, written as a glob: {@code *} stays within one component of the path, {@code **}
 * stands for any number of them. Immutable.
 */
public final class RepositoryPattern {

    private static final Pattern SYNTAX = Pattern.compile("(?:\\*\\*|[a-z0-9._-]*\\*?[a-z0-9._-]+|[a-z0-9._-]*\\*)");

    private final String glob;
    private final Pattern regex;

    private RepositoryPattern(String glob, Pattern regex) {
        this.glob = glob;
        this.regex = regex;
    }

    public static RepositoryPattern parse(String glob) {
        StringBuilder regex = new StringBuilder();
        String[] components = glob.split("/", -1);
        for (int i = 0; i < components.length; i++) {
            if (!SYNTAX.matcher(components[i]).matches()) {
                throw new IllegalArgumentException('"' + glob + "\" is not a pattern such as library/** or team-*/app");
            }
            regex.append(component(components[i], i == components.length - 1));
        }
        return new RepositoryPattern(glob, Pattern.compile(regex.toString()));
    }

    private static String component(String component, boolean last) {
        if (component.equals("**")) {
            return last ? ".+" : "(?:.+/)?";
        }
        return component.replace(".", "\\.").replace("*", "[^/]*") + (last ? "" : "/");
    }

    /** Whether {@code path}, a repository as its upstream knows it, belongs to the set. */
    public boolean matches(String path) {
        return regex.matcher(path).matches();
    }

    /** The components that all members of the set begin with, each with its slash. */
    public String root() {
        int star = glob.indexOf('*');
        return star < 0 ? glob + "/" : glob.substring(0, glob.lastIndexOf('/', star) + 1);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RepositoryPattern pattern && glob.equals(pattern.glob);
    }

    @Override
    public int hashCode() {
        return glob.hashCode();
    }

    @Override
    public String toString() {
        return glob;
    }
}
