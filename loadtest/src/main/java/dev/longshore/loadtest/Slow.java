package dev.longshore.loadtest;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How many clients read slowly, and at which rate. Immutable. */
record Slow(int clients, long bytesPerSecond) {
    static final Slow NONE = new Slow(0, Download.UNLIMITED);

    /** Reads {@code 4@1MB}. Immutable. */
    static final class Converter implements ITypeConverter<Slow> {

        @Override
        public Slow convert(String text) {
            int at = text.indexOf('@');
            if (at < 0) {
                throw new TypeConversionException("'" + text + "' is not CLIENTS@RATE");
            }
            return new Slow(Integer.parseInt(text.substring(0, at)), ByteCount.parse(text.substring(at + 1)));
        }
    }
}
