package io.kintsugi.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Durations in requests and answers (spec: durations).
class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "24h, 86400000",
    "12h, 43200000",
    "5m, 300000",
    "45s, 45000",
    "120ms, 120",
    "2h30m, 9000000",
    "1d, 86400000",
    "1d2h3m4s5ms, 93784005",
    "0s, 0",
    "90s, 90000",
    "1m1m, 120000"
  })
  void whatPeopleWriteIsRead(String text, long millis) {
    assertThat(Durations.parseMillis(text)).hasValue(millis);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "h",
        "-5m",
        "5 m",
        "5M",
        "1.5h",
        "5m ",
        "5x",
        "1h30",
        "999999999999d",
        "\u0665m"
      })
  void anythingElseIsRefused(String text) {
    assertThat(Durations.parseMillis(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0s",
    "1, 1ms",
    "120, 120ms",
    "999, 999ms",
    "1000, 1s",
    "2400, 2s",
    "45499, 45s",
    "59999, 1m",
    "4500000, 1h15m",
    "9000000, 2h30m",
    "86400000, 24h",
    "172800000, 2d"
  })
  void measuredTimesReadAsInTheSeed(long millis, String text) {
    assertThat(Durations.format(millis)).isEqualTo(text);
  }

  @Test
  void settingsReadBackAsTheyWere() {
    for (long millis = 1; millis < 1L << 45; millis = millis * 3 + 7) {
      assertThat(Durations.parseMillis(Durations.exact(millis))).hasValue(millis);
    }
  }
}
