package dev.longshore.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the version that the build wrote into the jar. Immutable. */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {"longshore " + text() + ", Java " + Runtime.version()};
    }

    static String text() {
        String version = Longshore.class.getPackage().getImplementationVersion();
        return version == null ? "(unpackaged)" : version;
    }
}
