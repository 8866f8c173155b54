package dev.longshore.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keys in docs/configure.md are those that are read. */
final class ReferenceTest {

    private static final Path PAGE = Path.of("../docs/configure.md");
    private static final Path WRITTEN_ANEW = Path.of("target/configure.md");
    private static final String BEGIN = "<!-- the keys, as they are read -->\n";
    private static final String END = "<!-- the end of the keys -->\n";

    @TempDir
    private Path directory;

    @Test
    void thePageHasEveryKeyAsItIsRead() throws Exception {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        String anew = page.substring(0, begin) + table() + page.substring(page.indexOf(END));
        Files.createDirectories(WRITTEN_ANEW.getParent());
        Files.writeString(WRITTEN_ANEW, anew);

        assertThat(page)
                .as(
                        "docs/configure.md is not what is read: cp %s docs/configure.md",
                        WRITTEN_ANEW.toAbsolutePath().normalize())
                .isEqualTo(anew);
    }

    private String table() throws Exception {
        return "| key | environment | type | default | meaning |\n| --- | --- | --- | --- | --- |\n"
                + keys().stream().map(ReferenceTest::row).collect(Collectors.joining("\n"))
                + "\n";
    }

    private static String row(Key key) {
        String fallback = key.written().replace("https://host", "https://HOST");
        return "| %s | %s | %s | %s | %s |"
                .formatted(
                        code(key.path().replace(".host.", ".HOST.")),
                        code(Overlay.variable(key.path())),
                        key.type(),
                        code(fallback),
                        key.meaning());
    }

    private static String code(String text) {
        return text.isEmpty() ? "" : "`" + text + "`";
    }

    private List<Key> keys() throws IOException, InvalidSettings {
        String everyKey = EveryKeyTest.YAML.replace("registry.local:5000", "host");
        SettingsReader reader = new SettingsReader(Role.STANDALONE, Map.of(), Flags.NONE, where -> Long.MAX_VALUE);
        reader.parse(Files.writeString(directory.resolve("longshore.yaml"), everyKey));
        return reader.keys();
    }
}
