package dev.longshore.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a {@code Range} header means for a blob of 100 bytes. */
final class RangeRequestTest {

    private static final long SIZE = 100;

    private static String resolved(String header) {
        return RangeRequest.parse(header).resolve(SIZE).stream()
                .map(range -> range.start() + "-" + range.end())
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0-1",
        "bytes=0-99, 0-100",
        "bytes=10-19, 10-20",
        "bytes=99-99, 99-100",
        "BYTES=10-19, 10-20",
        "'bytes=0-999999999999999999', 0-100",
        "'bytes=5-9223372036854775807', 5-100",
        "'bytes=0000000000000000000005-99999999999999999999999999', 5-100",
        // open
        "bytes=0-, 0-100",
        "bytes=99-, 99-100",
        // suffix
        "bytes=-1, 99-100",
        "bytes=-100, 0-100",
        "bytes=-1000, 0-100",
        "bytes=-9223372036854775808, 0-100",
        // several, in the order asked for
        "'bytes=0-1,50-59,-5', '0-2 50-60 95-100'",
        "'bytes= 50-59 , 0-1', '50-60 0-2'",
        "'bytes=0-1,,2-3,', '0-2 2-4'",
        // those that can be satisfied
        "'bytes=0-1,100-200', 0-2"
    })
    void rangesOfABlob(String header, String expected) {
        assertThat(resolved(header)).isEqualTo(expected);
        assertThat(RangeRequest.parse(header).isWhole()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes=100-",
                "bytes=100-100",
                "bytes=-0",
                "bytes=100-200,300-",
                "bytes=9223372036854775807-",
                "bytes=99999999999999999999999999-"
            })
    void noneCanBeSatisfied(String header) {
        assertThat(RangeRequest.parse(header).isWhole()).isFalse();
        assertThat(RangeRequest.parse(header).resolve(SIZE)).isEmpty();
    }

    @Test
    void anEmptyBlobSatisfiesNoRange() {
        assertThat(RangeRequest.parse("bytes=0-").resolve(0)).isEmpty();
        assertThat(RangeRequest.parse("bytes=-5").resolve(0)).isEmpty();
        assertThat(RangeRequest.WHOLE.resolve(0)).containsExactly(new ByteRange(0, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes=",
                "bytes=,",
                "bytes=-",
                "bytes=a-b",
                "bytes=1",
                "bytes=2-1",
                "bytes=+1-2",
                "bytes=1-+2",
                "bytes=--1",
                "bytes=1--2",
                "bytes=1-2-3",
                "bytes=0x1-2",
                "bytes=1 -2",
                "bytes=\u0661-\u0662",
                "bytes=0-1,garbage",
                "items=0-1",
                " bytes=0-1"
            })
    void whatIsNoListOfRangesMeansTheWholeBlob(String header) {
        assertThat(RangeRequest.parse(header).isWhole()).isTrue();
        assertThat(resolved(header)).isEqualTo("0-100");
    }

    @Test
    void sixteenRangesAreAnsweredAndSeventeenMeanTheWholeBlob() {
        assertThat(RangeRequest.parse(ranges(16)).resolve(SIZE)).hasSize(16);
        assertThat(RangeRequest.parse(ranges(17)).isWhole()).isTrue();
        assertThat(RangeRequest.parse(ranges(5000)).isWhole()).isTrue();
    }

    private static String ranges(int count) {
        return IntStream.range(0, count).mapToObj(i -> i + "-" + i).collect(Collectors.joining(",", "bytes=", ""));
    }

    @Test
    void theFirstByteIsKnownUnlessItDependsOnTheSize() {
        assertThat(Stream.of("bytes=7-", "bytes=-5,7-8", "bytes=7-8,1-2")
                        .map(header -> RangeRequest.parse(header).firstByte()))
                .containsOnly(OptionalLong.of(7));
        assertThat(RangeRequest.parse("bytes=-5").firstByte()).isEmpty();
        assertThat(RangeRequest.WHOLE.firstByte()).hasValue(0);
    }

    @Test
    void aRangeIsMadeOfItsEnds() {
        assertThat(RangeRequest.of(10, 20).resolve(SIZE)).containsExactly(new ByteRange(10, 20));
        assertThat(new ByteRange(10, 20).length()).isEqualTo(10);
        assertThat(new ByteRange(10, 20).contentRange(SIZE)).isEqualTo("bytes 10-19/100");
        assertThatIllegalArgumentException().isThrownBy(() -> new ByteRange(2, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new ByteRange(-1, 1));
    }
}
