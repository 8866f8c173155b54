package dev.longshore.cli;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A {@code kustomization.yaml}, rendered as kustomize does, but for the hash that ends the name of a ConfigMap. It knows
 * what those of {@code deploy/k8s} use; whatever else is in one is an error. Immutable.
 */
record Kustomization(
        String apiVersion,
        String kind,
        String namespace,
        List<String> resources,
        List<Generator> configMapGenerator,
        List<Patch> patches,
        List<Image> images) {

    static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build());

    Kustomization {
        resources = Objects.requireNonNullElse(resources, List.of());
        configMapGenerator = Objects.requireNonNullElse(configMapGenerator, List.of());
        patches = Objects.requireNonNullElse(patches, List.of());
        images = Objects.requireNonNullElse(images, List.of());
    }

    /** What {@code kubectl apply -k} would be given. */
    static List<ObjectNode> render(Path directory) throws IOException {
        return YAML.readValue(directory.resolve("kustomization.yaml").toFile(), Kustomization.class)
                .objects(directory);
    }

    private List<ObjectNode> objects(Path directory) throws IOException {
        List<ObjectNode> objects = new ArrayList<>();
        for (String resource : resources) {
            Path path = directory.resolve(resource).normalize();
            objects.addAll(Files.isDirectory(path) ? render(path) : documents(path));
        }
        for (Generator generator : configMapGenerator) {
            objects.add(generator.configMap(directory));
        }
        for (Patch patch : patches) {
            patch.apply(directory, objects);
        }
        for (Image image : images) {
            objects.forEach(image::apply);
        }
        if (namespace != null) {
            objects.stream()
                    .filter(Kustomization::isNamespaced)
                    .forEach(object -> object.withObject("/metadata").put("namespace", namespace));
        }
        return objects;
    }

    static List<ObjectNode> documents(Path file) throws IOException {
        return YAML.readerFor(ObjectNode.class)
                .<ObjectNode>readValues(file.toFile())
                .readAll();
    }

    private static boolean isNamespaced(ObjectNode object) {
        return !object.path("kind").asText().equals("Namespace");
    }

    record Generator(String name, List<String> files, Options options) {

        record Options(Map<String, String> labels) {}

        private ObjectNode configMap(Path directory) throws IOException {
            ObjectNode map = YAML.createObjectNode().put("apiVersion", "v1").put("kind", "ConfigMap");
            map.withObject("/metadata").put("name", name);
            if (options != null) {
                map.withObject("/metadata").set("labels", YAML.valueToTree(options.labels));
            }
            for (String file : files) {
                map.withObject("/data").put(file, Files.readString(directory.resolve(file)));
            }
            return map;
        }
    }

    record Patch(Target target, String path) {

        record Target(String kind, String name) {

            private boolean is(ObjectNode object) {
                return object.path("kind").asText().equals(kind)
                        && object.at("/metadata/name").asText().equals(name);
            }
        }

        private void apply(Path directory, List<ObjectNode> objects) throws IOException {
            ObjectNode patched = objects.stream().filter(target::is).findFirst().orElseThrow();
            for (Operation operation : YAML.readValue(directory.resolve(path).toFile(), Operation[].class)) {
                operation.apply(patched);
            }
        }
    }

    /** Of RFC 6902. */
    record Operation(String op, JsonPointer path, JsonNode value) {

        Operation {
            if (!op.equals("add")) {
                throw new IllegalArgumentException(op);
            }
        }

        private void apply(ObjectNode object) {
            JsonNode parent = object.at(path.head());
            String last = path.last().getMatchingProperty();
            if (parent instanceof ArrayNode array && last.equals("-")) {
                array.add(value);
            } else {
                ((ObjectNode) parent).set(last, value);
            }
        }
    }

    record Image(String name, String newTag) {

        private void apply(ObjectNode object) {
            for (JsonNode container : object.at("/spec/template/spec/containers")) {
                if (container.path("image").asText().equals(name)) {
                    ((ObjectNode) container).put("image", name + ":" + newTag);
                }
            }
        }
    }
}
