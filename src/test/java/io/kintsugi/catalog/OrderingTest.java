package io.kintsugi.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.ListObjects;
import io.kintsugi.contract.Layout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The order of keys, where a listing begins, and what a bucket is like unless somebody says.
class OrderingTest {
  private static final List<String> LETTERS =
      List.of("\u0001", "a", "b", "\uD7FF", "\uE000", "\uFFFF", "\uD800\uDC00", "\uDBFF\uDFFF");

  private static String word(Random random, int max) {
    var word = new StringBuilder();
    for (int i = random.nextInt(max + 1); i > 0; i--) {
      word.append(LETTERS.get(random.nextInt(LETTERS.size())));
    }
    return word.toString();
  }

  private static int byBytes(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void keysSortByTheirBytes() {
    var random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      var a = word(random, 3);
      var b = word(random, 3);
      assertThat(Integer.signum(Ordering.compare(a, b))).isEqualTo(Integer.signum(byBytes(a, b)));
    }
  }

  @Test
  void exactlyWhatBeginsWithAPrefixLiesBetweenItAndWhatIsBehindIt() {
    var random = new Random(2);
    for (int i = 0; i < 20_000; i++) {
      var prefix = word(random, 2);
      var key = word(random, 4);
      var behind = Ordering.behind(prefix);
      boolean between = byBytes(key, prefix) >= 0 && (behind == null || byBytes(key, behind) < 0);
      assertThat(between).as("%s %s", prefix, key).isEqualTo(key.startsWith(prefix));
    }
    assertThat(Ordering.behind("")).isNull();
    assertThat(Ordering.behind("\uDBFF\uDFFF")).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "'', -, -, ''",
        "p, -, -, p",
        "p, -, a, p",
        "p/, /, p/a/, p/a0",
        "p/, /, p/a/x, p/a0",
        "'', -, 'a', 'a\u0001'",
      })
  void aPageBeginsBehindWhatTheLastOneEndedWith(
      String prefix, String delimiter, String after, String start) {
    assertThat(Listing.start(new ListObjects("b", prefix, delimiter, after, 1))).isEqualTo(start);
  }

  @ParameterizedTest
  @CsvSource({"1,1,0", "2,1,1", "3,2,1", "4,2,2", "5,3,2", "6,4,2", "7,4,2", "8,6,2", "20,6,2"})
  void theDefaultLayoutFollowsTheNumberOfOrigins(int origins, int k, int m) {
    assertThat(BucketRules.layoutFor(origins)).isEqualTo(new Layout(k, m));
  }
}
