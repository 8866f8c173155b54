package dev.longshore.loadtest;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A part of a blob to ask for. Immutable. */
record Window(long offset, long length) {

    Window {
        if (offset < 0 || length < 1) {
            throw new IllegalArgumentException("a range starts at 0 or later and has a byte or more");
        }
    }

    /** The value of the {@code Range} header. */
    String header() {
        return "bytes=" + offset + "-" + (offset + length - 1);
    }

    /** Reads {@code 200MiB+1MiB}. Immutable. */
    static final class Converter implements ITypeConverter<Window> {

        @Override
        public Window convert(String text) {
            int plus = text.indexOf('+');
            if (plus < 0) {
                throw new TypeConversionException("'" + text + "' is not OFFSET+LENGTH");
            }
            return new Window(ByteCount.parse(text.substring(0, plus)), ByteCount.parse(text.substring(plus + 1)));
        }
    }
}
