package io.kintsugi.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How strictly bodies and queries are read.
class FieldsTest {
  private static <T extends @Nullable Object> T read(String json, Function<Fields, T> reader) {
    return Fields.read(JsonBody.parse(Buffer.buffer(json)), reader);
  }

  private static Failure refused(String json, Function<Fields, @Nullable Object> reader) {
    return catchThrowableOfType(
        Failure.class, () -> FieldsTest.<@Nullable Object>read(json, reader));
  }

  @Test
  void anUnknownFieldIsNamedWithTheKnownOnes() {
    var failure =
        refused("{\"colour\":1}", body -> body.text("mode") + body.whole("max_objects", 0, 9));
    assertThat(failure.code()).isEqualTo(FailureCode.INVALID_REQUEST);
    assertThat(failure.text()).contains("colour", "mode", "max_objects");
  }

  @Test
  void anUnknownFieldInsideIsNamedWithItsPath() {
    var failure =
        refused(
            "{\"scope\":{\"x\":1}}",
            body -> Objects.requireNonNull(body.object("scope")).flag("all"));
    assertThat(failure.text()).startsWith("scope.x is not known");
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() {
    var failure =
        refused(
            "{\"a\":-1,\"b\":\"x\",\"c\":3}",
            body -> body.whole("a", 0, 9) + body.choice("b", List.of("Full", "Smart")));
    assertThat(failure.code()).isEqualTo(FailureCode.VALIDATION_ERROR);
    assertThat(failure.details()).containsOnlyKeys("a", "b", "c");
    assertThat(failure.details().get("b")).contains("Full, Smart", "'x'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\":-1}|from 0 to 9, not -1",
        "{\"a\":10}|from 0 to 9, not 10",
        "{\"a\":1.5}|a whole number, not 1.5",
        "{\"a\":\"1\"}|a whole number, not the text '1'",
        "{\"a\":true}|a whole number, not true",
        "{\"a\":[]}|a whole number, not a list",
        "{\"a\":{}}|a whole number, not an object",
        "{\"a\":123456789012345678901234567890}|from 0 to 9, not 123456789012345678901234567890"
      })
  void aWrongNumberIsExplained(String json, String said) {
    assertThat(refused(json, body -> body.whole("a", 0, 9)).text()).contains(said);
  }

  @Test
  void wordsAreReadInAnyCaseAndNullIsAbsent() {
    @Nullable String word =
        read("{\"m\":\"dEEp\"}", body -> body.choice("m", List.of("Quick", "Deep")));
    assertThat(word).isEqualTo("Deep");
    Boolean there = read("{\"m\":null}", body -> body.has("m"));
    assertThat(there).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":1,\"a\":2}",
        "{\"a\":1} x",
        "{\"a\":",
        "[1]",
        "7",
        "null",
        "{a:1}",
        "{\"a\":NaN}"
      })
  void whatIsNotOneJsonObjectIsRefused(String json) {
    var failure = refused(json, body -> body.whole("a", 0, 9));
    assertThat(failure.code()).isEqualTo(FailureCode.INVALID_REQUEST);
    assertThat(failure.text()).doesNotContain("Source", "com.fasterxml", "byte[]");
  }

  @Test
  void unreadableJsonIsShownByLineAndColumn() {
    var failure = refused("{\n  \"a\": 1,\n  oops\n}", body -> body.whole("a", 0, 9));
    assertThat(failure.details()).containsEntry("line", "3");
    assertThat(failure.text()).contains("line 3, column ");
  }

  @Test
  void bytesThatAreNotUtf8AndDeepNestingAreRefused() {
    for (var bytes :
        List.of(
            Buffer.buffer(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'}),
            Buffer.buffer("{\"a\":" + "[".repeat(5_000)))) {
      var failure = catchThrowableOfType(Failure.class, () -> JsonBody.parse(bytes));
      assertThat(failure.code()).isEqualTo(FailureCode.INVALID_REQUEST);
    }
  }

  @Test
  void anEmptyBodyIsAnEmptyObject() {
    assertThat(JsonBody.parse(Buffer.buffer())).isEmpty();
  }

  @Test
  void aQueryIsReadAsStrictly() {
    var query = MultiMap.caseInsensitiveMultiMap().add("limit", "x").add("colour", "red");
    var failure =
        catchThrowableOfType(
            Failure.class, () -> Query.read(query, q -> q.whole("limit", 1, 10, 5)));
    assertThat(failure.code()).isEqualTo(FailureCode.VALIDATION_ERROR);
    assertThat(failure.details()).containsOnlyKeys("limit", "colour");
  }
}
