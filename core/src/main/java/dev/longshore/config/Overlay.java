package dev.longshore.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What stands above the file: the command line, then the environment. A variable belongs to a key when the reader asks
 * for that key, so the schema is written down once only, and what nobody asked for is a mistake. Confined to one thread.
 */
final class Overlay {

    private static final String PREFIX = "LONGSHORE_";

    /** The variable of the launcher, and those that Kubernetes sets for a service that is called longshore. */
    private static final Pattern NOT_OURS = Pattern.compile("LONGSHORE_(?:JAVA_OPTS"
            + "|(?:.+_)?SERVICE_HOST|(?:.+_)?SERVICE_PORT(?:_.+)?"
            + "|(?:.+_)?PORT_\\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)");

    /** The address of such a service, in a variable that might as well be meant for a key. */
    private static final Pattern SERVICE = Pattern.compile("(?:tcp|udp|sctp)://.*");

    private final Map<String, String> flags = new HashMap<>();
    private final TreeMap<String, String> variables = new TreeMap<>();
    private final Map<String, String> asked = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    Overlay(Map<String, String> environment, Flags flags) {
        flags.values().forEach(this.flags::put);
        flags.upstreams()
                .forEach((name, url) ->
                        this.flags.put("upstreams." + UpstreamSettings.canonicalName(name) + ".url", url));
        environment.forEach((name, value) -> {
            if (name.startsWith(PREFIX) && !isOthers(name, value)) {
                variables.put(name, value);
            }
        });
    }

    private static boolean isOthers(String name, String value) {
        return NOT_OURS.matcher(name).matches()
                || name.endsWith("PORT") && SERVICE.matcher(value).matches();
    }

    /** What replaces the value of the key at {@code path}, if anything does; from now on the key is known. */
    Node.@Nullable Scalar at(String path) {
        String name = variable(path);
        String other = asked.putIfAbsent(name, path);
        if (other != null && variables.containsKey(name)) {
            problem(name, "may mean " + other + " or " + path + ": set the keys in the file");
        }
        return peek(path);
    }

    /** The same, asked on the side. */
    Node.@Nullable Scalar peek(String path) {
        String flag = flags.get(path);
        if (flag != null) {
            return new Node.Scalar(flag, "command line");
        }
        String name = variable(path);
        String value = variables.get(name);
        return value == null ? null : new Node.Scalar(value, name);
    }

    /** Whether a key below {@code path} is set here. */
    boolean reaches(String path) {
        String below = variable(path) + "_";
        String next = variables.ceilingKey(below);
        return next != null && next.startsWith(below);
    }

    /** The variables that no key, or more than one, answers to: known once everything has been asked for. */
    List<Problem> problems() {
        TreeSet<String> unknown = new TreeSet<>(variables.keySet());
        unknown.removeAll(asked.keySet());
        for (String name : unknown) {
            problem(
                    name,
                    "sets no key that there is"
                            + Texts.nearest(name, asked.keySet())
                                    .map(near -> "; did you mean " + near + "?")
                                    .orElse(""));
        }
        return problems;
    }

    private void problem(String name, String message) {
        problems.add(new Problem(Problem.Kind.INVALID, name, message, "environment"));
    }

    /** The variable of the key at {@code path}. */
    static String variable(String path) {
        return PREFIX + path.toUpperCase(Locale.ROOT).replaceAll("[.:-]", "_");
    }
}
