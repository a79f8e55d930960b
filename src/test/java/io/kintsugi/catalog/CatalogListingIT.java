package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.LIST_OBJECTS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.CatalogContract.ListObjects;
import io.kintsugi.contract.CatalogContract.ListedObject;
import io.kintsugi.contract.CatalogContract.ObjectPage;
import io.kintsugi.contract.Condition;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Listings against a model that sorts all keys by their bytes and groups them in memory (F6).
class CatalogListingIT {
  private static final Comparator<String> BY_BYTES =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  /// Few letters, so that keys meet; among them what sorts otherwise in UTF-16 than in UTF-8.
  private static final List<String> LETTERS =
      List.of("a", "b", "/", "//", "-", "%", "_", "ä", "\uFFFD", "\uD834\uDD1E", "\u0001", "z/");

  private static House house;
  private static String session;

  @BeforeAll
  static void open() {
    house = new House();
    session = house.session();
  }

  @AfterAll
  static void close() {
    house.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void everyPageIsWhatTheModelSays(int seed) {
    var random = new Random(seed);
    var bucket = "listing-" + seed;
    house.bucket(bucket);
    var keys = new TreeSet<>(BY_BYTES);
    while (keys.size() < 150) {
      keys.add(word(random, 1 + random.nextInt(6)));
    }
    put(bucket, List.copyOf(keys));
    for (int i = 0; i < 60; i++) {
      var prefix = random.nextInt(3) == 0 ? "" : word(random, 1 + random.nextInt(2));
      var delimiter =
          switch (random.nextInt(4)) {
            case 0 -> null;
            case 1 -> LETTERS.get(random.nextInt(LETTERS.size()));
            default -> "/";
          };
      int max = 1 + random.nextInt(20);
      var after = random.nextInt(3) == 0 ? word(random, 1 + random.nextInt(4)) : null;
      walk(new ListObjects(bucket, prefix, delimiter, after, max), keys);
    }
  }

  /// Follows the pages to the end and compares each.
  private static void walk(ListObjects question, Set<String> keys) {
    var after = question.after();
    var expected = model(question, keys);
    int from = 0;
    while (true) {
      var page =
          house.ask(
              LIST_OBJECTS,
              new ListObjects(
                  question.bucket(),
                  question.prefix(),
                  question.delimiter(),
                  after,
                  question.max()));
      int to = Math.min(expected.size(), from + question.max());
      assertThat(entries(page))
          .as("%s after %s", question, after)
          .isEqualTo(expected.subList(from, to));
      if (page.nextAfter() == null) {
        assertThat(to).as("%s is complete", question).isEqualTo(expected.size());
        return;
      }
      assertThat(to).isLessThan(expected.size());
      from = to;
      after = page.nextAfter();
    }
  }

  private static List<String> model(ListObjects question, Set<String> keys) {
    var entries = new TreeSet<>(BY_BYTES);
    for (var key : keys) {
      if (!key.startsWith(question.prefix())) {
        continue;
      }
      var entry = entry(key, question.prefix(), question.delimiter());
      var after = question.after();
      if (after == null || BY_BYTES.compare(entry, after) > 0) {
        entries.add(entry);
      }
    }
    return List.copyOf(entries);
  }

  private static String entry(String key, String prefix, @Nullable String delimiter) {
    int at = delimiter == null ? -1 : key.indexOf(delimiter, prefix.length());
    return at < 0 || delimiter == null ? key : key.substring(0, at + delimiter.length());
  }

  private static List<String> entries(ObjectPage page) {
    var entries = new ArrayList<>(page.commonPrefixes());
    page.objects().stream().map(ListedObject::key).forEach(entries::add);
    entries.sort(BY_BYTES);
    return entries;
  }

  private static String word(Random random, int letters) {
    var word = new StringBuilder();
    for (int i = 0; i < letters; i++) {
      word.append(LETTERS.get(random.nextInt(LETTERS.size())));
    }
    return word.toString();
  }

  private static void put(String bucket, List<String> keys) {
    List<Future<Committed>> answers =
        keys.stream()
            .map(key -> house.commitment(session, bucket, key, Condition.NONE))
            .map(question -> house.bus.ask(COMMIT_OBJECT, question))
            .toList();
    House.await(Future.all(answers));
  }

  @Test
  void aThousandCommonPrefixesAreOnePageAndManyKeysBehindThemAreSkipped() {
    house.bucket("deep");
    house.put(session, "deep", "first");
    house.sql(
        "INSERT INTO object SELECT o.bucket_id, 'd' || lpad(i::text, 4, '0') || '/' || j,"
            + " o.version_id, 1, 'e', now() FROM object o JOIN bucket b USING (bucket_id),"
            + " generate_series(0, 1199) i, generate_series(1, 40) j WHERE b.name = 'deep'");
    var page = house.ask(LIST_OBJECTS, new ListObjects("deep", "", "/", null, 1000));
    assertThat(page.commonPrefixes()).hasSize(1000).startsWith("d0000/").endsWith("d0999/");
    var rest = house.ask(LIST_OBJECTS, new ListObjects("deep", "", "/", page.nextAfter(), 1000));
    assertThat(rest.commonPrefixes()).hasSize(200);
    assertThat(rest.objects()).extracting(ListedObject::key).containsExactly("first");
    assertThat(rest.nextAfter()).isNull();
  }

  @Test
  void anEmptyPageAndAMissingBucketAreToldApart() {
    house.bucket("empty");
    var none = house.ask(LIST_OBJECTS, new ListObjects("empty", "x", null, null, 0));
    assertThat(none).isEqualTo(new ObjectPage(List.of(), List.of(), null));
    var failure = house.refusal(LIST_OBJECTS, new ListObjects("no", "", null, null, 1));
    assertThat(failure.code()).isEqualTo(FailureCode.NOT_FOUND);
  }
}
