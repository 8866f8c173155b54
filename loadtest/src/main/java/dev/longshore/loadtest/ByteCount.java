package dev.longshore.loadtest;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 256MiB}, {@code 20MB} or {@code 1000} as a number of bytes. Immutable. */
final class ByteCount implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("(\\d+)\\s*(?:([KMG])(i?)B?|B)?", Pattern.CASE_INSENSITIVE);
    private static final Map<String, Integer> POWERS = Map.of("K", 1, "M", 2, "G", 3);

    @Override
    public Long convert(String text) {
        return parse(text);
    }

    static long parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new TypeConversionException("'" + text + "' is not a size such as 256MiB, 20MB or 1000");
        }
        long number = Long.parseLong(form.group(1));
        if (form.group(2) == null) {
            return number;
        }
        int power = POWERS.getOrDefault(form.group(2).toUpperCase(Locale.ROOT), 0);
        return number * Math.round(Math.pow(form.group(3).isEmpty() ? 1000 : 1024, power));
    }
}
