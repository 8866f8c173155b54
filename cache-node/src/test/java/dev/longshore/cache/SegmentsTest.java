package dev.longshore.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.longshore.cache.Segments.Segment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Segments against a bit for each byte, by random fetches. */
final class SegmentsTest {

    /** A reader this close to what is being written waits instead of cutting. */
    private static final int NEAR = 512 * 1024;

    @RepeatedTest(50)
    void everyByteIsFetchedOnceInAsFewStretchesAsCanBe(RepetitionInfo run) {
        Random random = new Random(run.getCurrentRepetition());
        int length = 1 + random.nextInt(50);
        int size = random.nextInt(1000);
        Model model = new Model(new Segments(size, length), size, random);
        while (!model.segments.complete() || !model.underWay.isEmpty()) {
            if (random.nextInt(4) == 0) {
                model.take(model.segments.next());
            } else {
                model.write(1 + random.nextInt(2 * length));
            }
            model.check();
        }
        assertThat(model.stretches).isEqualTo((size + length - 1) / length);
        assertThat(model.segments.next()).isEmpty();
    }

    @RepeatedTest(50)
    void cutsNeitherLoseNorDoubleAByte(RepetitionInfo run) {
        Random random = new Random(run.getCurrentRepetition());
        int length = NEAR * 2 + random.nextInt(NEAR);
        int size = random.nextInt(8 * NEAR);
        Model model = new Model(new Segments(size, length), size, random);
        int cuts = 0;
        while (!model.segments.complete() || !model.underWay.isEmpty()) {
            switch (random.nextInt(5)) {
                case 0 -> model.take(model.segments.next());
                case 1 -> cuts += model.take(model.segments.at(random.nextInt(size + 1))) ? 1 : 0;
                case 2 -> cuts += model.cut() ? 1 : 0;
                default -> model.write(1 + random.nextInt(NEAR));
            }
            model.checkSome();
        }
        // A reader's stretch can leave a gap before it and end at a cut after it, and one that is stopped leaves a gap
        // after it: each adds one at most.
        assertThat(model.stretches).isLessThanOrEqualTo((size + length - 1) / length + cuts);
    }

    /** What is known of a blob, byte by byte. */
    private static final class Model {

        final Segments segments;
        final List<Segment> underWay = new ArrayList<>();
        private final int size;
        private final Random random;
        private final BitSet here = new BitSet();
        int stretches;

        Model(Segments segments, int size, Random random) {
            this.segments = segments;
            this.size = size;
            this.random = random;
        }

        boolean take(Optional<Segment> segment) {
            segment.ifPresent(taken -> {
                assertThat(taken.position()).isEqualTo(taken.start()).isLessThan(taken.end());
                assertThat(taken.end()).isLessThanOrEqualTo(size);
                underWay.add(taken);
                stretches++;
            });
            return segment.isPresent();
        }

        /** One fetch brings up to {@code most} bytes, none of which may be here already. */
        void write(int most) {
            if (underWay.isEmpty()) {
                return;
            }
            Segment segment = underWay.get(random.nextInt(underWay.size()));
            int from = (int) segment.position();
            int to = (int) Math.min(segment.end(), from + most);
            assertThat(here.nextSetBit(from))
                    .satisfiesAnyOf(
                            next -> assertThat(next).isNegative(),
                            next -> assertThat(next).isGreaterThanOrEqualTo(to));
            here.set(from, to);
            segments.written(segment, to - from);
            if (segment.complete()) {
                underWay.remove(segment);
            }
        }

        /** One fetch is stopped where it has come to. */
        boolean cut() {
            if (underWay.isEmpty()) {
                return false;
            }
            Segment segment = underWay.remove(random.nextInt(underWay.size()));
            segments.cut(segment);
            assertThat(segment.complete()).isTrue();
            return true;
        }

        void check() {
            for (int offset = 0; offset < size; offset++) {
                assertThat(segments.readableFrom(offset)).isEqualTo(here.nextClearBit(offset));
            }
            assertThat(segments.complete()).isEqualTo(here.cardinality() == size);
        }

        void checkSome() {
            for (int i = 0; i < 20 && size > 0; i++) {
                int offset = random.nextInt(size);
                assertThat(segments.readableFrom(offset)).isEqualTo(here.nextClearBit(offset));
            }
            assertThat(segments.complete()).isEqualTo(here.cardinality() == size);
        }
    }

    @Test
    void theLowestStretchComesFirst() {
        Segments segments = new Segments(250, 100);
        assertThat(segments.next().map(Segment::start)).hasValue(0L);
        assertThat(segments.next().map(Segment::start)).hasValue(100L);
        assertThat(segments.next().map(Segment::end)).hasValue(250L);
        assertThat(segments.next()).isEmpty();
    }

    @Test
    void aReaderAheadOfEverythingStartsWhereItStandsAndTheGapIsFetchedAfterwards() {
        Segments segments = new Segments(1000, 100);
        Segment ahead = segments.at(250).orElseThrow();
        assertThat(ahead.start()).isEqualTo(250);
        assertThat(ahead.end()).isEqualTo(300);
        assertThat(segments.at(260)).as("will be here soon").isEmpty();
        segments.next();
        segments.next();
        Segment gap = segments.next().orElseThrow();
        assertThat(gap.start()).isEqualTo(200);
        assertThat(gap.end()).isEqualTo(250);
    }

    @Test
    void aReaderFarAheadInAStretchCutsIt() {
        Segments segments = new Segments(4 * NEAR, 4 * NEAR);
        Segment whole = segments.next().orElseThrow();
        assertThat(segments.at(NEAR - 1)).isEmpty();
        Segment rest = segments.at(2 * NEAR).orElseThrow();
        assertThat(whole.end()).isEqualTo(rest.start()).isEqualTo(2 * NEAR);
        assertThat(rest.end()).isEqualTo(4 * NEAR);
        assertThat(segments.at(4 * NEAR)).as("past the end").isEmpty();
    }

    @Test
    void anEmptyBlobIsComplete() {
        assertThat(new Segments(0, 100).complete()).isTrue();
        assertThat(new Segments(0, 100).next()).isEmpty();
        assertThat(Segments.complete(0).complete()).isTrue();
    }

    @Test
    void aBlobThatIsHereIsReadableToItsEnd() {
        assertThat(Segments.complete(7).readableFrom(3)).isEqualTo(7);
        assertThat(Segments.complete(7).complete()).isTrue();
    }

    @Test
    void aBlobOfUnknownSizeEndsWithItsSource() {
        Segments segments = Segments.unbounded();
        Segment all = segments.next().orElseThrow();
        segments.written(all, 1234);
        assertThat(segments.complete()).isFalse();
        assertThat(segments.next()).isEmpty();
        segments.endsWith(all);
        assertThat(segments.complete()).isTrue();
        assertThat(segments.readableFrom(0)).isEqualTo(1234);
    }

    @Test
    void nothingIsWrittenPastAStretch() {
        Segments segments = new Segments(250, 100);
        Segment first = segments.next().orElseThrow();
        assertThatIllegalStateException().isThrownBy(() -> segments.written(first, 101));
    }
}
