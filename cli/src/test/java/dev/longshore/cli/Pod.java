package dev.longshore.cli;

import dev.longshore.config.Flags;
import dev.longshore.config.InvalidSettings;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecretVolumeSource;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ParseResult;

/**
 * The first pod of a workload as a kubelet would start it, its root being a directory of the test: the volumes are mounted
 * there, and every path in arguments, environment and files leads there. Immutable.
 */
record Pod(Manifests.Workload workload, Path root, List<String> command, Map<String, String> environment) {

    /** By reference only in the manifests: what docs/kubernetes.md has an operator create. */
    private static final Map<String, String> SECRET =
            Map.of("cluster-secret", "a secret of the test\n", "s3-secret", "another secret\n");

    static Pod of(Manifests manifests, Manifests.Workload workload, Path root) throws IOException {
        Container container = container(workload);
        for (VolumeMount mount : container.getVolumeMounts()) {
            Path directory = Files.createDirectories(Path.of(root + mount.getMountPath()));
            for (Map.Entry<String, String> file :
                    files(manifests, workload, mount.getName()).entrySet()) {
                Files.writeString(directory.resolve(file.getKey()), below(root, file.getValue()));
            }
        }
        List<String> command = Stream.of(container.getCommand(), container.getArgs())
                .flatMap(List::stream)
                .map(word -> below(root, word))
                .toList();
        return new Pod(workload, root, command, environment(workload, root));
    }

    static Container container(Manifests.Workload workload) {
        return workload.template().getSpec().getContainers().get(0);
    }

    private static Map<String, String> files(Manifests manifests, Manifests.Workload workload, String volume) {
        PodSpec spec = workload.template().getSpec();
        if (workload.claims().stream()
                .anyMatch(claim -> claim.getMetadata().getName().equals(volume))) {
            return Map.of();
        }
        Volume mounted = spec.getVolumes().stream()
                .filter(each -> each.getName().equals(volume))
                .findFirst()
                .orElseThrow();
        if (mounted.getConfigMap() != null) {
            return manifests
                    .named(ConfigMap.class, mounted.getConfigMap().getName())
                    .getData();
        }
        return mounted.getSecret() != null ? files(mounted.getSecret()) : Map.of();
    }

    private static Map<String, String> files(SecretVolumeSource secret) {
        return secret.getItems().isEmpty()
                ? SECRET
                : secret.getItems().stream()
                        .collect(Collectors.toMap(
                                KeyToPath::getPath, item -> Objects.requireNonNull(SECRET.get(item.getKey()))));
    }

    private static Map<String, String> environment(Manifests.Workload workload, Path root) {
        Map<String, String> fields = Map.of("metadata.name", workload.name() + "-0", "status.hostIP", "127.0.0.1");
        Map<String, String> environment = new LinkedHashMap<>();
        for (EnvVar variable : container(workload).getEnv()) {
            String value = variable.getValueFrom() == null
                    ? variable.getValue()
                    : Objects.requireNonNull(
                            fields.get(variable.getValueFrom().getFieldRef().getFieldPath()));
            for (Map.Entry<String, String> known : environment.entrySet()) {
                value = value.replace("$(" + known.getKey() + ")", known.getValue());
            }
            environment.put(variable.getName(), below(root, value));
        }
        return environment;
    }

    private static String below(Path root, String text) {
        return text.replaceAll("(?<![\\w.:/])/(?=(?:etc|var|host)/)", Matcher.quoteReplacement(root + "/"));
    }

    Role role() {
        String command = arguments().commandSpec().name();
        return Role.valueOf(command.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /** What the program makes of all this; {@code more} of the environment wins. */
    Settings settings(Map<String, String> more) throws InvalidSettings {
        Map<String, String> variables = new HashMap<>(environment);
        variables.putAll(more);
        Path file = arguments().matchedOptionValue("--config", (Path) null);
        return Settings.load(role(), file, variables, Flags.NONE);
    }

    private ParseResult arguments() {
        return Longshore.commandLine().parseArgs(command.toArray(String[]::new)).subcommand();
    }
}
