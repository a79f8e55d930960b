package io.kintsugi.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What leaves the edge (spec: codes).
class ErrorAnswerTest {
  private static final Instant NOW = Instant.parse("2024-01-15T10:30:00.123Z");

  @Test
  void theCodesAreExactlyTheSettledOnes() {
    var codes = new LinkedHashMap<String, Integer>();
    for (var code : EdgeCode.values()) {
      codes.put(code.name(), code.status());
    }
    assertThat(codes)
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("INVALID_REQUEST", 400),
                Map.entry("VALIDATION_ERROR", 400),
                Map.entry("AUTH_ERROR", 401),
                Map.entry("FORBIDDEN", 403),
                Map.entry("NOT_FOUND", 404),
                Map.entry("CONFLICT", 409),
                Map.entry("QUEUE_FULL", 429),
                Map.entry("RATE_LIMIT_EXCEEDED", 429),
                Map.entry("RAFT_ERROR", 503),
                Map.entry("UNAVAILABLE", 503),
                Map.entry("STORAGE_ERROR", 507),
                Map.entry("CORRUPT", 500),
                Map.entry("INTERNAL_ERROR", 500)));
  }

  @ParameterizedTest
  @CsvSource({
    "INVALID_REQUEST, 400, INVALID_REQUEST",
    "VALIDATION_ERROR, 400, VALIDATION_ERROR",
    "AUTH_ERROR, 401, AUTH_ERROR",
    "FORBIDDEN, 403, FORBIDDEN",
    "NOT_FOUND, 404, NOT_FOUND",
    "CONFLICT, 409, CONFLICT",
    "PRECONDITION_FAILED, 412, CONFLICT",
    "INVALID_RANGE, 400, INVALID_REQUEST",
    "QUEUE_FULL, 429, QUEUE_FULL",
    "RATE_LIMIT_EXCEEDED, 429, RATE_LIMIT_EXCEEDED",
    "CORRUPT, 500, CORRUPT",
    "INTERNAL_ERROR, 500, INTERNAL_ERROR",
    "UNAVAILABLE, 503, UNAVAILABLE",
    "TIMEOUT, 503, UNAVAILABLE",
    "CANCELLED, 503, UNAVAILABLE",
    "STORAGE_ERROR, 507, STORAGE_ERROR"
  })
  void everyFailureHasItsAnswer(FailureCode failure, int status, EdgeCode code) {
    var answer = ErrorAnswer.of(Failure.of(failure, "said"));
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.code()).isEqualTo(code);
  }

  @ParameterizedTest
  @EnumSource(FailureCode.class)
  void everyBodyHasTheSameForm(FailureCode code) {
    var body = ErrorAnswer.of(Failure.of(code, "said", "what", "thing")).body(NOW);
    assertThat(body.fieldNames())
        .containsExactly("success", "error", "code", "message", "details", "timestamp");
    assertThat(body.getBoolean("success")).isFalse();
    assertThat(body.getBoolean("error")).isTrue();
    assertThat(body.getString("timestamp")).isEqualTo("2024-01-15T10:30:00Z");
  }

  @Test
  void failuresOfConsensusHaveTheirOwnCode() {
    var answer =
        ErrorAnswer.of(Failure.of(FailureCode.UNAVAILABLE, "no leader now", "what", "raft"));
    assertThat(answer.code()).isEqualTo(EdgeCode.RAFT_ERROR);
    assertThat(answer.status()).isEqualTo(503);
  }

  @Test
  void whoeverIsTurnedAwayForNowIsToldWhenToComeAgain() {
    for (var code :
        EnumSet.of(
            FailureCode.QUEUE_FULL, FailureCode.RATE_LIMIT_EXCEEDED, FailureCode.UNAVAILABLE)) {
      assertThat(ErrorAnswer.of(Failure.of(code, "later")).headers()).containsKey("Retry-After");
    }
  }

  @Test
  void nothingOfTheInsideShows() {
    var unexpected = ErrorAnswer.of(new IllegalStateException("password=secret at Foo.java:12"));
    assertThat(unexpected.body(NOW).encode()).doesNotContain("secret", "Foo", "IllegalState");
    var silent =
        ErrorAnswer.of(
            Failure.of(FailureCode.UNAVAILABLE, "nobody answers catalog.call.get-bucket.v1"));
    assertThat(silent.message()).doesNotContain("catalog.call");
  }

  @Test
  void severalBadFieldsAreListed() {
    var body =
        ErrorAnswer.of(
                new Failure(
                    FailureCode.VALIDATION_ERROR, "a is bad", Map.of("b", "worse", "a", "bad")))
            .body(NOW);
    assertThat(body.getJsonObject("details").getJsonArray("fields").encode())
        .isEqualTo("[{\"field\":\"a\",\"error\":\"bad\"},{\"field\":\"b\",\"error\":\"worse\"}]");
  }
}
