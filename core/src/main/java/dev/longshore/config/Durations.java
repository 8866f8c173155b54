package dev.longshore.config;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a span of time is written: {@code 500ms}, {@code 90s}, {@code 5m}, {@code 2h}, {@code 7d}. Immutable. */
final class Durations {

    private static final Pattern SYNTAX = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Map<String, Duration> UNITS = units();

    private Durations() {}

    static Duration parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        Duration unit = matcher.matches() ? UNITS.get(matcher.group(2)) : null;
        if (unit == null) {
            throw new IllegalArgumentException(Texts.quote(text) + " is not a duration such as 90s (ms, s, m, h, d)");
        }
        return unit.multipliedBy(Long.parseLong(matcher.group(1)));
    }

    /** In the largest unit that keeps it exact. */
    static String format(Duration duration) {
        for (Map.Entry<String, Duration> unit : UNITS.entrySet()) {
            if (duration.toMillis() % unit.getValue().toMillis() == 0 && !duration.isZero()) {
                return duration.toMillis() / unit.getValue().toMillis() + unit.getKey();
            }
        }
        return duration.toMillis() / 1000 + "s";
    }

    /** The largest first. */
    private static Map<String, Duration> units() {
        Map<String, Duration> units = new LinkedHashMap<>();
        units.put("d", Duration.ofDays(1));
        units.put("h", Duration.ofHours(1));
        units.put("m", Duration.ofMinutes(1));
        units.put("s", Duration.ofSeconds(1));
        units.put("ms", Duration.ofMillis(1));
        return units;
    }
}
