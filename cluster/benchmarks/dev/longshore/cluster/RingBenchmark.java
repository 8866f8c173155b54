package dev.longshore.cluster;

import dev.longshore.config.Listen;
import dev.longshore.oci.Digest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to find out who answers for a digest. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class RingBenchmark {

    private static final int DIGESTS = 1024;

    @Param({"3", "100", "1000"})
    public int nodes;

    @Param({"false", "true"})
    public boolean weighted;

    private Ring ring = Ring.EMPTY;
    private List<Digest> digests = List.of();
    private int next;

    @Setup
    public void prepare() {
        ring = Ring.of(IntStream.range(0, nodes)
                .mapToObj(i -> new Node(new Listen("node-" + i, 5100), Optional.empty(), Optional.empty(), weighted ? 1 + i % 3 : 1))
                .toList());
        digests = IntStream.range(0, DIGESTS)
                .mapToObj(i -> Digest.of(new byte[] {(byte) i, (byte) (i >>> 8)}))
                .toList();
    }

    /** The owner, and the next one. */
    @Benchmark
    public Node twoOwners() {
        List<Node> owners = ring.owners(digests.get(next++ % DIGESTS));
        return owners.get(0).weight() < 0 ? owners.get(0) : owners.get(1);
    }

    /** All nodes, in line. */
    @Benchmark
    public Node allOwners() {
        List<Node> owners = ring.owners(digests.get(next++ % DIGESTS));
        return owners.get(owners.size() - 1);
    }
}
