package dev.longshore.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.longshore.cli.Manifests.Workload;
import dev.longshore.config.ClusterSettings;
import dev.longshore.config.Listen;
import dev.longshore.config.Role;
import dev.longshore.config.Settings;
import dev.longshore.config.UpstreamSettings;
import dev.longshore.loadtest.FreePorts;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What deploy/k8s says of the program and of itself, held against the program and Kubernetes' models. */
final class KubernetesTest {

    private static final String SINGLE = "overlays/single";
    private static final String CLUSTER = "overlays/cluster";
    private static final String MINIO = "overlays/minio";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {SINGLE, CLUSTER, MINIO, "containerd", "monitoring"})
    void everyFieldIsOneThatKubernetesKnowsAndEveryNameIsOneObjects(String kustomization) {
        List<String> names = Manifests.of(kustomization).objects().stream()
                .map(each -> each.getKind() + " " + each.getMetadata().getName())
                .toList();

        assertThat(names).isNotEmpty().doesNotHaveDuplicates();
    }

    /** What is applied by itself, {@code common} too, must not land in the namespace that kubectl happens to use. */
    @ParameterizedTest
    @ValueSource(strings = {"common", SINGLE, CLUSTER, MINIO, "containerd", "monitoring"})
    void everyObjectIsInANamespaceOfItsOwn(String kustomization) {
        assertThat(Manifests.of(kustomization).objects())
                .filteredOn(object -> !object.getKind().equals("Namespace"))
                .isNotEmpty()
                .allSatisfy(object ->
                        assertThat(object.getMetadata().getNamespace()).isIn("longshore", "longshore-containerd"));
    }

    @Test
    void aFieldThatKubernetesDoesNotKnowIsFound() throws IOException {
        ObjectNode gateway = Kustomization.documents(Manifests.DIRECTORY.resolve("base/gateway.yaml"))
                .get(0);
        gateway.withObject("/spec/template/spec/containers/0").put("readyProbe", "/readyz");

        assertThatThrownBy(() -> Manifests.read(gateway)).hasMessageContaining("readyProbe");
    }

    @ParameterizedTest
    @ValueSource(strings = {SINGLE, CLUSTER, MINIO, "containerd", "monitoring"})
    @EnabledIf("kubectlIsModern")
    void kubectlRendersTheSame(String kustomization) throws Exception {
        Process kubectl = new ProcessBuilder(
                        "kubectl",
                        "kustomize",
                        Manifests.DIRECTORY.resolve(kustomization).toString())
                .redirectErrorStream(true)
                .start();
        // The hash of its content, which has no a, e, 0, 1 or 3, ends the name of a generated ConfigMap.
        String rendered = new String(kubectl.getInputStream().readAllBytes(), UTF_8)
                .replaceAll("(?m)(name: (?:longshore|mirror|longshore-dashboard))-[b-df-z2-9]{10}$", "$1");
        Path file = Files.writeString(directory.resolve("rendered.yaml"), rendered);

        assertThat(Kustomization.documents(file))
                .as(rendered)
                .containsExactlyInAnyOrderElementsOf(Kustomization.render(Manifests.DIRECTORY.resolve(kustomization)));
    }

    static boolean kubectlIsModern() throws IOException {
        try {
            Process kubectl = new ProcessBuilder("kubectl", "version", "--client").start();
            return new String(kubectl.getInputStream().readAllBytes(), UTF_8).contains("Kustomize Version: v5");
        } catch (IOException e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {SINGLE, CLUSTER, MINIO})
    void whatServicesSelectIsThereAndListens(String overlay) {
        Manifests manifests = Manifests.of(overlay);

        assertThat(manifests.all(Service.class)).isNotEmpty().allSatisfy(service -> {
            List<Workload> selected = selected(manifests, service.getSpec().getSelector());
            for (ServicePort port : service.getSpec().getPorts()) {
                assertThat(selected)
                        .isNotEmpty()
                        .allSatisfy(workload -> assertThat(ports(workload))
                                .containsKey(port.getTargetPort().getStrVal()));
            }
        });
        assertThat(manifests.all(StatefulSet.class))
                .allSatisfy(set -> manifests.named(Service.class, set.getSpec().getServiceName()));
    }

    @ParameterizedTest
    @ValueSource(strings = {SINGLE, CLUSTER, MINIO})
    void whatNetworkPoliciesAllowIsThereAndTheRestIsDenied(String overlay) {
        Manifests manifests = Manifests.of(overlay);
        List<NetworkPolicy> policies = manifests.all(NetworkPolicy.class).toList();

        assertThat(policies)
                .anySatisfy(policy -> {
                    assertThat(labels(policy.getSpec().getPodSelector())).isEmpty();
                    assertThat(policy.getSpec().getIngress()).isEmpty();
                })
                .allSatisfy(policy -> {
                    assertThat(policy.getSpec().getPolicyTypes()).containsExactly("Ingress");
                    List<Workload> selected =
                            selected(manifests, labels(policy.getSpec().getPodSelector()));
                    for (NetworkPolicyPort port : ports(policy)) {
                        assertThat(selected)
                                .isNotEmpty()
                                .allSatisfy(workload -> assertThat(ports(workload))
                                        .containsKey(port.getPort().getStrVal()));
                    }
                });
    }

    @Test
    void onlyGatewaysAndNodesReachNodesAndHazelcast() {
        Manifests manifests = Manifests.of(CLUSTER);
        Workload node = workload(manifests, "longshore-cache-node");

        List<NetworkPolicyIngressRule> rules = manifests
                .all(NetworkPolicy.class)
                .filter(policy -> node.isLabelled(labels(policy.getSpec().getPodSelector())))
                .flatMap(policy -> policy.getSpec().getIngress().stream())
                .filter(rule -> rule.getPorts().stream()
                        .anyMatch(port -> !port.getPort().getStrVal().equals("ops")))
                .toList();

        assertThat(rules)
                .singleElement()
                .satisfies(rule -> assertThat(rule.getFrom()).singleElement().satisfies(peer -> {
                    assertThat(peer.getNamespaceSelector()).isNull();
                    assertThat(peer.getPodSelector().getMatchExpressions())
                            .singleElement()
                            .satisfies(expression ->
                                    assertThat(expression.getValues()).containsExactly("gateway", "cache-node"));
                }));
    }

    @Test
    void budgetsAutoscalerAndMonitorFindWhatTheyAreFor() {
        Manifests manifests = Manifests.of(CLUSTER);

        assertThat(manifests.all(PodDisruptionBudget.class))
                .hasSize(2)
                .allSatisfy(budget -> assertThat(
                                selected(manifests, labels(budget.getSpec().getSelector())))
                        .hasSize(1));
        assertThat(manifests.all(HorizontalPodAutoscaler.class)).singleElement().satisfies(scaler -> {
            String name = scaler.getSpec().getScaleTargetRef().getName();
            assertThat(manifests.named(Deployment.class, name).getSpec().getReplicas())
                    .isNull();
        });
        assertThat(Manifests.of("monitoring").all(ServiceMonitor.class))
                .singleElement()
                .satisfies(monitor -> {
                    Map<String, String> wanted = labels(monitor.getSpec().getSelector());
                    assertThat(manifests.all(Service.class))
                            .filteredOn(service ->
                                    service.getMetadata().getLabels().entrySet().containsAll(wanted.entrySet()))
                            .singleElement()
                            .satisfies(service -> assertThat(
                                            service.getSpec().getPorts().get(0).getName())
                                    .isEqualTo(monitor.getSpec()
                                            .getEndpoints()
                                            .get(0)
                                            .getPort()));
                });
    }

    @Test
    void everyAlertIsASymptomOnThePageThatItNames() {
        assertThat(Manifests.of("monitoring")
                        .all(PrometheusRule.class)
                        .flatMap(rules -> rules.getSpec().getGroups().stream())
                        .flatMap(group -> group.getRules().stream())
                        .filter(rule -> rule.getAlert() != null))
                .isNotEmpty()
                .allSatisfy(
                        alert -> assertThat(Path.of("..", alert.getAnnotations().get("runbook")))
                                .content()
                                .containsPattern("(?m)^\\| [^|]*`" + alert.getAlert() + "`"));
    }

    @ParameterizedTest
    @ValueSource(strings = {SINGLE, CLUSTER, MINIO})
    void everyPodIsRestricted(String overlay) {
        assertThat(Manifests.of(overlay).workloads()).isNotEmpty().allSatisfy(workload -> {
            PodSpec pod = workload.template().getSpec();
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
            assertThat(pod.getAutomountServiceAccountToken()).isFalse();
            assertThat(pod.getContainers()).allSatisfy(container -> {
                assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                        .isFalse();
                assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                        .isTrue();
                assertThat(container.getSecurityContext().getCapabilities().getDrop())
                        .containsExactly("ALL");
                assertThat(container.getResources().getLimits()).containsKey("memory");
            });
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {SINGLE, CLUSTER, MINIO})
    void portsAreWhereTheProgramListens(String overlay) throws Exception {
        for (Pod pod : pods(overlay)) {
            Settings settings = pod.settings(Map.of());

            Map<String, Integer> expected = new HashMap<>();
            expected.put("registry", settings.listen().port());
            expected.put("ops", settings.ops().listen().port());
            if (settings.cluster() != null && pod.role() == Role.CACHE_NODE) {
                expected.put("hazelcast", settings.cluster().hazelcast().port());
            }
            assertThat(ports(pod.workload())).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {SINGLE, CLUSTER, MINIO})
    void aPodMayTakeAsLongToStopAsItsProgram(String overlay) throws Exception {
        for (Pod pod : pods(overlay)) {
            PodSpec spec = pod.workload().template().getSpec();
            Container container = Pod.container(pod.workload());
            long sleep = container.getLifecycle() == null
                    ? 0
                    : container.getLifecycle().getPreStop().getSleep().getSeconds();
            long drain = pod.settings(Map.of())
                    .drainTimeout()
                    .plus(Server.GRACE.multipliedBy(2))
                    .toSeconds();

            assertThat(spec.getTerminationGracePeriodSeconds()).isBetween(sleep + drain, sleep + drain + 30);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {SINGLE, CLUSTER, MINIO})
    void aVolumeHoldsWhatTheCacheMayGrowTo(String overlay) throws Exception {
        for (Pod pod : pods(overlay)) {
            if (pod.role() == Role.GATEWAY) {
                continue;
            }
            Settings settings = pod.settings(Map.of());
            Quantity size = pod.workload()
                    .claims()
                    .get(0)
                    .getSpec()
                    .getResources()
                    .getRequests()
                    .get("storage");
            long wanted = settings.storage().capacity().bytes()
                    + settings.storage().minFree().bytes();

            assertThat(wanted).isLessThan(Quantity.getAmountInBytes(size).longValue());
            assertThat(Pod.container(pod.workload()).getVolumeMounts())
                    .anyMatch(mount -> (pod.root() + mount.getMountPath())
                            .equals(settings.storage().directory().toString()));
        }
    }

    @Test
    void aNodeIsCalledByANameThatItsServiceGivesIt() throws Exception {
        Manifests manifests = Manifests.of(CLUSTER);
        Pod node = Pod.of(manifests, workload(manifests, "longshore-cache-node"), directory);
        Settings settings = node.settings(Map.of());
        ClusterSettings cluster = requireNonNull(settings.cluster());
        String service = manifests
                .all(StatefulSet.class)
                .findFirst()
                .orElseThrow()
                .getSpec()
                .getServiceName();

        assertThat(cluster.advertise())
                .isEqualTo(new Listen(
                        "longshore-cache-node-0." + service, settings.listen().port()));
        assertThat(cluster.serviceDns()).isEqualTo(service);
    }

    @ParameterizedTest
    @ValueSource(strings = {SINGLE, CLUSTER, MINIO})
    void theProgramBecomesReadyWithWhatItsManifestGivesIt(String overlay) throws Exception {
        Iterator<Integer> ports = FreePorts.find(3).iterator();
        int hazelcast = ports.next();
        Vertx vertx = Vertx.vertx();
        List<Running> running = new ArrayList<>();
        try {
            // Nodes before gateways, which are not ready without.
            List<Pod> pods = pods(overlay).stream()
                    .sorted(Comparator.comparing(Pod::role))
                    .toList();
            for (Pod pod : pods) {
                Settings settings = pod.settings(elsewhere(pod.role(), ports.next(), hazelcast));
                Running role = RunningMirror.await(start(vertx, settings));
                running.add(role);
                for (Probe probe : probes(Pod.container(pod.workload()))) {
                    await().untilAsserted(() ->
                            assertThat(status(role, settings, probe)).isEqualTo(200));
                }
            }
            assertThat(running).isNotEmpty();
        } finally {
            running.forEach(role -> RunningMirror.await(role.drain()));
            RunningMirror.await(vertx.close());
        }
    }

    /** What a test must change: where it listens, and the name by which a cluster finds itself. */
    private static Map<String, String> elsewhere(Role role, int port, int hazelcast) {
        Map<String, String> variables = new HashMap<>();
        variables.put("LONGSHORE_LISTEN", "127.0.0.1:" + port);
        variables.put("LONGSHORE_OPS_LISTEN", "127.0.0.1:0");
        if (role != Role.STANDALONE) {
            variables.put("LONGSHORE_CLUSTER_ADVERTISE", "127.0.0.1:" + port);
            variables.put("LONGSHORE_CLUSTER_HAZELCAST_LISTEN", "127.0.0.1:" + hazelcast);
            variables.put("LONGSHORE_CLUSTER_KUBERNETES_SERVICE_DNS", "localhost");
        }
        return variables;
    }

    private static Future<? extends Running> start(Vertx vertx, Settings settings) {
        return switch (settings.role()) {
            case STANDALONE -> Standalone.start(vertx, settings);
            case CACHE_NODE -> CacheNode.start(vertx, settings);
            case GATEWAY -> Gateway.start(vertx, settings);
        };
    }

    private static List<Probe> probes(Container container) {
        return List.of(container.getStartupProbe(), container.getLivenessProbe(), container.getReadinessProbe());
    }

    private static int status(Running role, Settings settings, Probe probe) throws Exception {
        assertThat(probe.getHttpGet().getPort().getStrVal()).isEqualTo("ops");
        URI uri = URI.create("http://" + role.doors().opsListen(settings)
                + probe.getHttpGet().getPath());
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void containerdIsPointedAtTheMirrorForAsLongAsItsPodRuns() throws Exception {
        Manifests manifests = Manifests.of("containerd");
        Pod pod = Pod.of(manifests, manifests.workloads().get(0), directory);
        Path certificates = directory.resolve("host/certs.d");
        Path foreign = Files.createDirectories(certificates.resolve("quay.io")).resolve("hosts.toml");
        Files.writeString(foreign, "server = \"https://quay.io\"\n");

        ProcessBuilder builder = new ProcessBuilder(pod.command()).redirectErrorStream(true);
        builder.environment().putAll(pod.environment());
        Process script = builder.start();
        try {
            assertThat(script.inputReader().lines().takeWhile(line -> !line.startsWith("containerd asks")))
                    .singleElement()
                    .asString()
                    .startsWith(foreign.toString());
            assertThat(hosts(certificates)).containsExactlyInAnyOrderEntriesOf(expectedHosts(foreign));
        } finally {
            List<ProcessHandle> waitedFor = script.children().toList();
            // Unlike the process's own, it leaves the output open.
            script.toHandle().destroy();
            assertThat(script.waitFor(10, TimeUnit.SECONDS)).isTrue();
            // As the end of a container does.
            waitedFor.forEach(ProcessHandle::destroy);
        }

        assertThat(script.exitValue()).isZero();
        assertThat(hosts(certificates)).containsOnlyKeys("quay.io");
        try (Stream<Path> left = Files.list(certificates)) {
            assertThat(left).containsExactly(foreign.getParent());
        }
    }

    /** What `longshore clients containerd` says for the node port of the cluster; what was there before stays. */
    private Map<String, String> expectedHosts(Path foreign) throws Exception {
        Manifests cluster = Manifests.of(CLUSTER);
        int port = cluster.named(Service.class, "longshore-hosts")
                .getSpec()
                .getPorts()
                .get(0)
                .getNodePort();
        Settings settings = pods(CLUSTER).get(0).settings(Map.of());
        Map<String, String> expected = new HashMap<>();
        for (UpstreamSettings upstream : settings.upstreams().values()) {
            Mirror mirror = new Mirror(new Listen("127.0.0.1", port), Map.of(upstream.name(), upstream), null);
            // Before it, the name of the file.
            String said = Client.containerd.configuration(mirror);
            expected.put(upstream.name(), said.substring(said.indexOf("server =")));
        }
        expected.put("quay.io", Files.readString(foreign));
        return expected;
    }

    /** By upstream, without the comment that says whose it is. */
    private static Map<String, String> hosts(Path certificates) throws IOException {
        Map<String, String> hosts = new HashMap<>();
        try (Stream<Path> files = Files.walk(certificates)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(file).hasFileName("hosts.toml");
                hosts.put(
                        requireNonNull(file.getParent()).getFileName().toString(),
                        Files.readString(file).replaceFirst("^#.*\n", ""));
            }
        }
        return hosts;
    }

    @ParameterizedTest
    @ValueSource(strings = {SINGLE, CLUSTER, MINIO})
    void theImageIsTheOneThatIsBuilt(String overlay) throws Exception {
        for (Pod pod : pods(overlay)) {
            String image = Pod.container(pod.workload()).getImage();

            assertThat(image).startsWith("longshore:");
            assertThat(Files.readString(Path.of("pom.xml")))
                    .contains("<image>longshore:${project.version}</image>")
                    .contains("<version>" + image.substring(image.indexOf(':') + 1) + "</version>");
        }
    }

    /** Those that run the program. */
    private List<Pod> pods(String overlay) throws IOException {
        Manifests manifests = Manifests.of(overlay);
        List<Pod> pods = new ArrayList<>();
        for (Workload workload : manifests.workloads()) {
            if (Pod.container(workload).getName().equals("longshore")) {
                Path root = Files.createDirectories(directory.resolve(workload.name()));
                pods.add(Pod.of(manifests, workload, root));
            }
        }
        return pods;
    }

    private static Workload workload(Manifests manifests, String name) {
        return manifests.workloads().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<Workload> selected(Manifests manifests, Map<String, String> labels) {
        return manifests.workloads().stream()
                .filter(workload -> workload.isLabelled(labels))
                .toList();
    }

    private static Map<String, String> labels(LabelSelector selector) {
        return selector.getMatchLabels() == null ? Map.of() : selector.getMatchLabels();
    }

    private static List<NetworkPolicyPort> ports(NetworkPolicy policy) {
        return policy.getSpec().getIngress().stream()
                .flatMap(rule -> rule.getPorts().stream())
                .toList();
    }

    private static Map<String, Integer> ports(Workload workload) {
        Map<String, Integer> ports = new HashMap<>();
        for (ContainerPort port : Pod.container(workload).getPorts()) {
            ports.put(port.getName(), port.getContainerPort());
        }
        return ports;
    }
}
