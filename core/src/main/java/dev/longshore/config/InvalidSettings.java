package dev.longshore.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that is refused, with all of its problems at once. Immutable. */
public final class InvalidSettings extends Exception {

    private final transient List<Problem> problems;

    InvalidSettings(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")), null, false, false);
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }
}
