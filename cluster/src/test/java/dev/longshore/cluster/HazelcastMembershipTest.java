package dev.longshore.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.EntryView;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.longshore.config.ClusterSettings;
import dev.longshore.config.Listen;
import dev.longshore.config.Secret;
import dev.longshore.loadtest.FreePorts;
import dev.longshore.oci.Caller;
import dev.longshore.oci.Digest;
import dev.longshore.oci.Purge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real members and clients in one process, each at a port of its own. */
final class HazelcastMembershipTest {

    private static final Digest DIGEST = Digest.of(new byte[0]);
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Vertx vertx = Vertx.vertx();
    private final List<HazelcastMembership> members = new ArrayList<>();
    private final List<Listen> ports =
            FreePorts.find(3).stream().map(HazelcastMembershipTest::listen).toList();

    @AfterEach
    void close() {
        get(Future.join(members.stream().map(HazelcastMembership::close).toList()));
        get(vertx.close());
    }

    @Test
    void nodesSeeEachOtherAndWhatEachSaysOfItself() {
        Node heavy = new Node(
                new Listen("10.0.0.1", 5100),
                Optional.of("10.0.0.9"),
                Optional.of(URI.create("https://one.example:5100")),
                2.5);
        HazelcastMembership first = member(0, heavy);
        HazelcastMembership second = member(1, node(1));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(first.ring().nodes()).containsExactlyInAnyOrder(heavy, node(1));
            assertThat(second.ring().nodes()).containsExactlyInAnyOrder(heavy, node(1));
        });
        assertThat(first.connected()).isTrue();
    }

    @Test
    void aNodeThatIsGoneIsOffTheRingOfNodesAndGateways() {
        HazelcastMembership first = member(0, node(0));
        HazelcastMembership second = member(1, node(1));
        HazelcastMembership gateway = gateway("longshore", "secret");
        awaitRing(gateway, node(0), node(1));
        leaveBehind(second);
        awaitRing(first, node(0));
        awaitRing(gateway, node(0));
    }

    @Test
    void aNodeThatDrainsIsOffEveryRingWhileItStillHoldsItsLeases() {
        HazelcastMembership first = member(0, node(0));
        HazelcastMembership second = member(1, node(1));
        HazelcastMembership gateway = gateway("longshore", "secret");
        awaitRing(gateway, node(0), node(1));
        assertThat(get(second.leases().take(DIGEST))).isEmpty();

        get(second.leave());

        assertThat(second.ring().nodes()).containsExactly(node(0));
        awaitRing(first, node(0));
        awaitRing(gateway, node(0));
        assertThat(first.leaving()).containsExactly(node(1));
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(get(first.leases().take(DIGEST))).contains(node(1)));
        HazelcastMembership late = gateway("longshore", "secret");
        awaitRing(late, node(0));
    }

    @Test
    void aNodeThatHasDrainedIsBackWhenItStartsAgain() {
        HazelcastMembership first = member(0, node(0));
        HazelcastMembership second = member(1, node(1));
        awaitRing(first, node(0), node(1));
        get(second.leave());
        awaitRing(first, node(0));
        leaveBehind(second);
        member(1, node(1));
        awaitRing(first, node(0), node(1));
        assertThat(first.leaving()).isEmpty();
    }

    @Test
    void aGatewayStartsBeforeAnyNodeAndKeepsTheLastRingWhenAllAreGone() {
        HazelcastMembership gateway = gateway("longshore", "secret");
        assertThat(gateway.connected()).isFalse();
        assertThat(gateway.ring()).isEqualTo(Ring.EMPTY);

        HazelcastMembership only = member(0, node(0));
        awaitRing(gateway, node(0));
        assertThat(gateway.connected()).isTrue();

        leaveBehind(only);
        await().atMost(SOON).until(() -> !gateway.connected());
        assertThat(gateway.ring().nodes()).containsExactly(node(0));

        member(1, node(1));
        awaitRing(gateway, node(1));
        assertThat(gateway.connected()).isTrue();
    }

    @Test
    void ofTwoNodesOneGetsTheLeaseAndTheOtherLearnsWho() {
        HazelcastMembership first = member(0, node(0));
        HazelcastMembership second = member(1, node(1));
        awaitRing(first, node(0), node(1));
        assertThat(get(first.leases().take(DIGEST))).isEmpty();
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(get(second.leases().take(DIGEST))).contains(node(0)));
        // Without an answer in time each fetches, and the first may so have taken again what it gave back.
        await().atMost(SOON).untilAsserted(() -> {
            first.leases().release(DIGEST);
            assertThat(get(second.leases().take(DIGEST))).isEmpty();
            assertThat(get(first.leases().take(DIGEST))).contains(node(1));
        });
    }

    @Test
    void theLeaseOfANodeThatIsGoneIsTakenOver() {
        HazelcastMembership first = member(0, node(0));
        HazelcastMembership second = member(1, node(1));
        awaitRing(first, node(0), node(1));
        assertThat(get(second.leases().take(DIGEST))).isEmpty();
        leaveBehind(second);
        awaitRing(first, node(0));
        assertThat(get(first.leases().take(DIGEST))).isEmpty();
    }

    @Test
    void aLeaseThatIsHeldDoesNotExpire() {
        HazelcastMembership first = member(0, node(0));
        get(first.leases().take(DIGEST));
        long expiry = leaseExpiry();
        assertThat(expiry).isLessThanOrEqualTo(System.currentTimeMillis() + 16_000);
        await().atMost(SOON).until(() -> leaseExpiry() > expiry);
        first.leases().release(DIGEST);
        await().atMost(SOON).until(() -> leaseExpiry() == 0);
    }

    @Test
    void aPurgeIsHeardByEverybodyElseAndLaterByWhoWasNotThere() {
        HazelcastMembership first = member(0, node(0));
        HazelcastMembership gateway = gateway("longshore", "secret");
        awaitRing(gateway, node(0));
        List<Purge> atNode = heard(first);
        List<Purge> atGateway = heard(gateway);
        Purge purge = Purge.parse("before=2026-01-02T03:04:05Z&pattern=docker.io/library/alpine:3");

        get(gateway.announce(purge));

        await().atMost(SOON).untilAsserted(() -> assertThat(atNode).containsExactly(purge));
        HazelcastMembership late = gateway("longshore", "secret");
        List<Purge> atLate = heard(late);
        await().atMost(SOON).untilAsserted(() -> assertThat(atLate).containsExactly(purge));
        assertThat(atGateway).isEmpty();
        assertThat(atNode).hasSize(1);
    }

    private static List<Purge> heard(HazelcastMembership process) {
        List<Purge> heard = new CopyOnWriteArrayList<>();
        process.follow(heard::add, () -> {});
        return heard;
    }

    @Test
    void aPurgeThatNobodyOfTheClusterHasSignedIsNone() {
        HazelcastMembership node = member(0, node(0));
        List<Purge> heard = heard(node);
        HazelcastMembership stranger = gateway("longshore", "guessed");
        await().atMost(SOON).until(stranger::connected);

        get(stranger.announce(Purge.parse("before=2026-01-02T03:04:05Z&pattern=**")));
        get(node.announce(Purge.parse("before=2026-01-02T03:04:06Z&pattern=**")));
        HazelcastMembership late = gateway("longshore", "secret");
        List<Purge> atLate = heard(late);

        await().atMost(SOON).untilAsserted(() -> assertThat(atLate).hasSize(1));
        assertThat(atLate.get(0).before()).isEqualTo("2026-01-02T03:04:06Z");
        assertThat(heard).isEmpty();
    }

    @Test
    void whoFindsItsClusterAgainIsToldThatItWasAway() {
        HazelcastMembership gateway = gateway("longshore", "secret");
        AtomicInteger returns = new AtomicInteger();
        gateway.follow(purge -> {}, returns::incrementAndGet);

        HazelcastMembership only = member(0, node(0));
        await().atMost(SOON).until(() -> returns.get() == 1);
        leaveBehind(only);
        await().atMost(SOON).until(() -> !gateway.connected());
        member(1, node(1));

        await().atMost(SOON).until(() -> returns.get() == 2);
    }

    @Test
    void aGatewayFindsNodesByTheNameOfTheirService() {
        HazelcastMembership node = member(0, node(0));
        ClusterSettings byName = new ClusterSettings(
                "longshore", List.of(Secret.of("secret")), null, null, List.of(), "localhost", ports.get(0));
        HazelcastMembership gateway =
                keep(HazelcastMembership.gateway(vertx, byName, keys("secret")).join());
        awaitRing(gateway, node(0));
        assertThat(node.connected()).isTrue();
    }

    @Test
    void whoIsLookedForAndIsNotInTheClusterIsKnown() {
        HazelcastMembership first = member(0, node(0));
        HazelcastMembership gateway = gateway("longshore", "secret");
        List<String> others = ports.stream().skip(1).map(Listen::toString).toList();
        await().atMost(SOON).until(() -> first.unseen().equals(others));
        await().atMost(SOON).until(() -> gateway.unseen().equals(others));

        member(1, node(1));
        List<String> rest = others.subList(1, others.size());
        await().atMost(SOON).until(() -> first.unseen().equals(rest));
        await().atMost(SOON).until(() -> gateway.unseen().equals(rest));
    }

    @Test
    void aNodeThatListensEverywhereIsFoundWhereTheOthersLook() {
        Listen everywhere = new Listen("0.0.0.0", ports.get(0).port());
        HazelcastMembership first = keep(HazelcastMembership.node(
                        vertx, settings("longshore", everywhere), keys("secret"), new Avoided(), node(0))
                .join());
        member(1, node(1));
        awaitRing(first, node(0), node(1));
    }

    @Test
    void whoDoesNotKnowTheSecretIsOnNobodysRing() {
        HazelcastMembership first = member(0, node(0));
        ClusterSettings settings = settings("longshore", ports.get(1));
        HazelcastMembership stranger =
                keep(HazelcastMembership.node(vertx, settings, keys("another secret"), new Avoided(), node(1))
                        .join());
        await().atMost(SOON).until(() -> membersOf("longshore") == 2);
        assertThat(first.ring().nodes()).containsExactly(node(0));
        assertThat(stranger.ring().nodes()).containsExactly(node(1));
    }

    @Test
    void theSecretIsReplacedWhileHopsGoOnAndNobodyLeavesTheRing() {
        List<Rotating> processes = List.of(new Rotating(), new Rotating(), new Rotating());
        List<HazelcastMembership> all = List.of(
                member(0, node(0), processes.get(0).keys),
                member(1, node(1), processes.get(1).keys),
                gateway("longshore", processes.get(2).keys));
        all.forEach(each -> awaitRing(each, node(0), node(1)));

        for (String step : List.of("old next", "next old", "next")) {
            for (Rotating process : processes) {
                process.secrets = Stream.of(step.split(" ")).map(Secret::of).toList();
                processes.forEach(from -> processes.forEach(from::hopTo));
            }
            // What a node says of itself is written, and then read.
            for (int reading = 0; reading < 2; reading++) {
                for (HazelcastMembership each : all) {
                    each.readNews();
                    assertThat(each.ring().nodes()).containsExactlyInAnyOrder(node(0), node(1));
                }
            }
        }

        awaitRing(gateway("longshore", "next"), node(0), node(1));
    }

    /** A process whose keys a test replaces. */
    private static final class Rotating {

        private volatile List<Secret> secrets = List.of(Secret.of("old"));
        private final ClusterKeys keys = new ClusterKeys(() -> secrets);
        private final HopSignature hops = new HopSignature(keys, InstantSource.system());

        void hopTo(Rotating other) {
            Caller caller = Caller.client("10.0.0.1");
            assertThat(other.hops.verify(HttpMethod.GET, "/v2/", hops.sign(HttpMethod.GET, "/v2/", caller)))
                    .isEqualTo(caller);
        }
    }

    @Test
    void clustersOfTwoNamesDoNotMix() {
        HazelcastMembership one = member(0, node(0));
        HazelcastMembership other = keep(
                HazelcastMembership.node(vertx, settings("other", ports.get(1)), keys("secret"), new Avoided(), node(1))
                        .join());
        HazelcastMembership gateway = gateway("other", "secret");
        awaitRing(gateway, node(1));
        assertThat(one.ring().nodes()).containsExactly(node(0));
        assertThat(other.ring().nodes()).containsExactly(node(1));
    }

    @Test
    void aPortThatIsTakenIsARefusalAndNotAnotherPort() throws IOException {
        try (ServerSocket taken = loopback()) {
            Future<HazelcastMembership> start = HazelcastMembership.node(
                            vertx,
                            settings("longshore", listen(taken.getLocalPort())),
                            keys("secret"),
                            new Avoided(),
                            node(0))
                    .join();
            assertThatThrownBy(() -> get(start)).isInstanceOf(Exception.class);
        }
        assertThat(Hazelcast.getAllHazelcastInstances()).isEmpty();
    }

    private HazelcastMembership member(int index, Node node) {
        return member(index, node, keys("secret"));
    }

    private HazelcastMembership member(int index, Node node, ClusterKeys keys) {
        return keep(HazelcastMembership.node(vertx, settings("longshore", ports.get(index)), keys, new Avoided(), node)
                .join());
    }

    private HazelcastMembership gateway(String name, String secret) {
        return gateway(name, keys(secret));
    }

    private HazelcastMembership gateway(String name, ClusterKeys keys) {
        return keep(HazelcastMembership.gateway(vertx, settings(name, new Listen("127.0.0.1", 0)), keys)
                .join());
    }

    private static ClusterKeys keys(String secret) {
        return new ClusterKeys(() -> List.of(Secret.of(secret)));
    }

    private HazelcastMembership keep(Future<HazelcastMembership> start) {
        HazelcastMembership membership = get(start);
        members.add(membership);
        return membership;
    }

    private void leaveBehind(HazelcastMembership membership) {
        members.remove(membership);
        get(membership.close());
    }

    private ClusterSettings settings(String name, Listen hazelcast) {
        return new ClusterSettings(name, List.of(Secret.of("secret")), null, null, ports, null, hazelcast);
    }

    /** In milliseconds of the clock; 0 without a lease. */
    private static long leaseExpiry() {
        HazelcastInstance node = Hazelcast.getAllHazelcastInstances().iterator().next();
        EntryView<String, String> lease =
                node.<String, String>getMap(HazelcastSettings.LEASES).getEntryView(DIGEST.toString());
        return lease == null ? 0 : lease.getExpirationTime();
    }

    private static long membersOf(String name) {
        return Hazelcast.getAllHazelcastInstances().stream()
                .filter(instance -> instance.getConfig().getClusterName().startsWith(name))
                .mapToInt(instance -> instance.getCluster().getMembers().size())
                .max()
                .orElse(0);
    }

    private static void awaitRing(Membership membership, Node... nodes) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(membership.ring().nodes()).containsExactlyInAnyOrder(nodes));
    }

    private static Node node(int index) {
        return Node.at(new Listen("node-" + index, 5100));
    }

    private static ServerSocket loopback() throws IOException {
        return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    private static Listen listen(int port) {
        return new Listen("127.0.0.1", port);
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
