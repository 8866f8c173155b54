package dev.longshore.cli;

import dev.longshore.config.Listen;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An address on the command line. Immutable. */
final class AddressConverter implements ITypeConverter<Listen> {

    @Override
    public Listen convert(String text) {
        try {
            return Listen.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
