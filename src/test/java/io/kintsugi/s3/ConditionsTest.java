package io.kintsugi.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.ObjectInfo;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Ranges and conditions on what is read (F6).
class ConditionsTest {
  private static final ObjectInfo INFO =
      new ObjectInfo(10, "e1", null, Map.of(), Map.of(), Instant.parse("2026-01-02T03:04:05.678Z"));
  private static final String SAME = "Fri, 02 Jan 2026 03:04:05 GMT";
  private static final String BEFORE = "Fri, 02 Jan 2026 03:04:04 GMT";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "if-match|\"e1\"|GO_ON",
        "if-match|e1|GO_ON",
        "if-match|*|GO_ON",
        "if-match|\"e2\", \"e1\"|GO_ON",
        "if-match|\"e2\"|FAILED",
        "if-none-match|\"e1\"|NOT_MODIFIED",
        "if-none-match|W/\"e1\"|NOT_MODIFIED",
        "if-none-match|*|NOT_MODIFIED",
        "if-none-match|\"e2\"|GO_ON",
        "if-modified-since|Fri, 02 Jan 2026 03:04:05 GMT|NOT_MODIFIED",
        "if-modified-since|Fri, 02 Jan 2026 03:04:04 GMT|GO_ON",
        "if-modified-since|nonsense|GO_ON",
        "if-unmodified-since|Fri, 02 Jan 2026 03:04:05 GMT|GO_ON",
        "if-unmodified-since|Fri, 02 Jan 2026 03:04:04 GMT|FAILED"
      })
  void oneConditionIsJudged(String header, String value, Preconditions.Verdict verdict) {
    assertThat(of(Map.of(header, value)).judge(INFO)).isEqualTo(verdict);
  }

  @Test
  void anETagGoesBeforeADate() {
    assertThat(of(Map.of("if-match", "e1", "if-unmodified-since", BEFORE)).judge(INFO))
        .isEqualTo(Preconditions.Verdict.GO_ON);
    assertThat(of(Map.of("if-none-match", "e2", "if-modified-since", SAME)).judge(INFO))
        .isEqualTo(Preconditions.Verdict.GO_ON);
  }

  private static Preconditions of(Map<String, String> headers) {
    return Preconditions.of(RequestHead.of("GET", "/", headers.entrySet()), "");
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 1",
    "bytes=2-5, 2, 4",
    "bytes=2-, 2, 8",
    "bytes=2-99, 2, 8",
    "bytes=-3, 7, 3",
    "bytes=-99, 0, 10"
  })
  void aRangeIsASlice(String header, long offset, long length) {
    var range = ByteRange.parse(header);
    assertThat(range).isNotNull();
    assertThat(range.within(10)).isEqualTo(new ByteRange.Slice(offset, length));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=10-", "bytes=10-11", "bytes=-0"})
  void aRangeBeyondTheEndIsRefused(String header) {
    var range = ByteRange.parse(header);
    assertThat(range).isNotNull();
    assertThatThrownBy(() -> range.within(10)).isInstanceOf(S3Error.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"bytes=5-2", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "items=0-1", "bytes=0"})
  void whatIsNoRangeIsTheWhole(String header) {
    assertThat(ByteRange.parse(header)).isNull();
  }
}
