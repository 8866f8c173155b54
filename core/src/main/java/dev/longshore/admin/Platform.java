package dev.longshore.admin;

import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a machine is, for which one of an index's images is made. Source: OCI image-spec, image-index.md, "platform".
 * Immutable.
 *
 * @param variant absent = any
 */
public record Platform(String os, String architecture, Optional<String> variant) {

    private static final Pattern SYNTAX = Pattern.compile("([a-z0-9]+)/([a-z0-9_]+)(?:/([a-z0-9.]+))?");

    /** Parses {@code linux/arm64} or {@code linux/arm/v7}. */
    public static Platform parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException('"' + text + "\" is not a platform such as linux/arm64 or linux/arm/v7");
        }
        return new Platform(matcher.group(1), matcher.group(2), Optional.ofNullable(matcher.group(3)));
    }

    /** Whether an image described as {@code platform} is made for it. */
    boolean matches(JsonObject platform) {
        return os.equals(platform.getValue("os"))
                && architecture.equals(platform.getValue("architecture"))
                && variant.map(wanted -> wanted.equals(platform.getValue("variant", usualVariant())))
                        .orElse(true);
    }

    /** What is meant where an index names no variant, as builders leave it out. */
    private @Nullable String usualVariant() {
        return switch (architecture) {
            case "arm64" -> "v8";
            case "amd64" -> "v1";
            case "arm" -> "v7";
            default -> null;
        };
    }
}
