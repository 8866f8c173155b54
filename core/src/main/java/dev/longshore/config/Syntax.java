package dev.longshore.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How the text of a value is read. Immutable.
 *
 * @param name what an operator calls such a value
 * @param parser refuses by an {@link IllegalArgumentException}
 */
record Syntax<T>(String name, Function<String, T> parser) {

    static final Syntax<String> TEXT = new Syntax<>("text", Syntax::nonEmpty);
    static final Syntax<Boolean> BOOLEAN = choice(List.of(true, false));
    static final Syntax<Duration> DURATION = new Syntax<>("duration", Durations::parse);
    static final Syntax<DataSize> SIZE = new Syntax<>("size", DataSize::parse);
    static final Syntax<Path> PATH = new Syntax<>("path", text -> Path.of(nonEmpty(text)));
    static final Syntax<Secret> SECRET = new Syntax<>("secret", Secret::of);
    static final Syntax<Listen> ADDRESS = new Syntax<>("address", Listen::parse);
    static final Syntax<URI> URL = new Syntax<>("URL", Syntax::origin);
    static final Syntax<String> HOST = new Syntax<>("host", Syntax::host);

    private static final Pattern HOST_NAME =
            Pattern.compile("(?=.{1,253}(?::|$))[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9]\\d{0,4})?");

    /** One of a few, by what they are written as. */
    static <T> Syntax<T> choice(List<T> choices) {
        String names = choices.stream().map(Object::toString).collect(Collectors.joining(", "));
        return new Syntax<>(
                names,
                text -> choices.stream()
                        .filter(choice -> choice.toString().equalsIgnoreCase(text))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(Texts.quote(text) + " is none of " + names)));
    }

    static Syntax<Integer> number(int least, int most) {
        return new Syntax<>("number", text -> {
            if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
                throw new IllegalArgumentException(
                        Texts.quote(text) + " is not a number from " + least + " to " + most);
            }
            return Integer.parseInt(text);
        });
    }

    /** @param what such a text is, for who has written another */
    static Syntax<String> matching(Pattern pattern, String what) {
        return new Syntax<>("text", text -> {
            if (!pattern.matcher(text).matches()) {
                throw new IllegalArgumentException(Texts.quote(text) + " is not " + what);
            }
            return text;
        });
    }

    static <T extends Comparable<T>> Syntax<T> atLeast(T least, Syntax<T> syntax, Function<T, String> written) {
        return new Syntax<>(syntax.name, text -> {
            T value = syntax.parser.apply(text);
            if (value.compareTo(least) < 0) {
                throw new IllegalArgumentException(Texts.quote(text) + " is less than " + written.apply(least));
            }
            return value;
        });
    }

    static boolean isHost(String text) {
        int colon = text.indexOf(':');
        return HOST_NAME.matcher(text).matches()
                && !text.contains("..")
                && (colon < 0 || Integer.parseInt(text.substring(colon + 1)) <= 65535);
    }

    private static String nonEmpty(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("has no value");
        }
        return text;
    }

    private static String host(String text) {
        if (!isHost(text)) {
            throw new IllegalArgumentException(
                    Texts.quote(text) + " is not a host such as ghcr.io or registry.local:5000");
        }
        return text;
    }

    /** A URL of a scheme, a host and perhaps a port; never quoted back, since there may be a password in it. */
    private static URI origin(String text) {
        try {
            URI url = new URI(text);
            boolean web = "https".equals(url.getScheme()) || "http".equals(url.getScheme());
            if (!web || url.getHost() == null || url.getPort() == 0 || url.getPort() > 65535) {
                throw new IllegalArgumentException("is not a URL such as https://registry.example.com:5000");
            }
            if (url.getRawUserInfo() != null) {
                throw new IllegalArgumentException(
                        "a URL has no user and no password in it: they have keys of their own");
            }
            String path = url.getRawPath();
            if (!path.isEmpty() && !path.equals("/") || url.getRawQuery() != null || url.getRawFragment() != null) {
                throw new IllegalArgumentException("a URL ends with its host and port");
            }
            return new URI(url.getScheme(), null, url.getHost(), url.getPort(), null, null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("is not a URL such as https://registry.example.com:5000", e);
        }
    }
}
