package dev.longshore.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The objects of a kustomization in {@code deploy/k8s}, read by Kubernetes' own models, for which a field that they do not
 * know is an error. Immutable.
 */
record Manifests(List<HasMetadata> objects) {

    static final Path DIRECTORY = Path.of("../deploy/k8s");

    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.ofEntries(
            Map.entry("v1 Namespace", Namespace.class),
            Map.entry("v1 Service", Service.class),
            Map.entry("v1 ConfigMap", ConfigMap.class),
            Map.entry("apps/v1 Deployment", Deployment.class),
            Map.entry("apps/v1 StatefulSet", StatefulSet.class),
            Map.entry("apps/v1 DaemonSet", DaemonSet.class),
            Map.entry("autoscaling/v2 HorizontalPodAutoscaler", HorizontalPodAutoscaler.class),
            Map.entry("policy/v1 PodDisruptionBudget", PodDisruptionBudget.class),
            Map.entry("networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class),
            Map.entry("monitoring.coreos.com/v1 ServiceMonitor", ServiceMonitor.class),
            Map.entry("monitoring.coreos.com/v1 PrometheusRule", PrometheusRule.class));

    /** The models keep what they do not know; here they must not. */
    private static final ObjectMapper STRICT = new ObjectMapper()
            .setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
                @Override
                public Boolean hasAnySetter(Annotated member) {
                    return false;
                }
            });

    static Manifests of(String kustomization) {
        try {
            return new Manifests(Kustomization.render(DIRECTORY.resolve(kustomization)).stream()
                    .map(Manifests::read)
                    .toList());
        } catch (IOException e) {
            throw new IllegalStateException(kustomization, e);
        }
    }

    static HasMetadata read(ObjectNode object) {
        String kind =
                object.path("apiVersion").asText() + " " + object.path("kind").asText();
        Class<? extends HasMetadata> model = KINDS.get(kind);
        if (model == null) {
            throw new IllegalArgumentException("no model for " + kind);
        }
        try {
            return STRICT.treeToValue(object, model);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(kind + " " + object.at("/metadata/name") + ": " + e.getMessage(), e);
        }
    }

    <T extends HasMetadata> Stream<T> all(Class<T> kind) {
        return objects.stream().filter(kind::isInstance).map(kind::cast);
    }

    <T extends HasMetadata> T named(Class<T> kind, String name) {
        return all(kind)
                .filter(each -> each.getMetadata().getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(kind.getSimpleName() + " " + name));
    }

    /** What runs pods. */
    List<Workload> workloads() {
        return objects.stream().flatMap(Manifests::workload).toList();
    }

    private static Stream<Workload> workload(HasMetadata object) {
        String name = object.getMetadata().getName();
        if (object instanceof Deployment deployment) {
            return Stream.of(new Workload(name, deployment.getSpec().getTemplate(), List.of()));
        }
        if (object instanceof StatefulSet set) {
            return Stream.of(new Workload(
                    name, set.getSpec().getTemplate(), set.getSpec().getVolumeClaimTemplates()));
        }
        if (object instanceof DaemonSet set) {
            return Stream.of(new Workload(name, set.getSpec().getTemplate(), List.of()));
        }
        return Stream.empty();
    }

    record Workload(String name, PodTemplateSpec template, List<PersistentVolumeClaim> claims) {

        boolean isLabelled(Map<String, String> labels) {
            return template.getMetadata().getLabels().entrySet().containsAll(labels.entrySet());
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
