package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogContract.LIST_OBJECTS;
import static io.kintsugi.contract.CatalogContract.LIST_VERSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.catalog.VersionModel.Kept;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.ListObjects;
import io.kintsugi.contract.CatalogContract.ListVersions;
import io.kintsugi.contract.CatalogContract.ListedObject;
import io.kintsugi.contract.CatalogContract.VersionPage;
import io.kintsugi.kernel.FailureCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is alive of a bucket and how it is listed, against a model of lists (F6).
class VersionListingIT {
  private static final List<String> NAMES =
      List.of(
          "a", "a/1", "a/2", "a/b/c", "b", "b\u0001", "c//", "c/d", "ä/\uFFFD", "ä/\uD834\uDD1E");

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
  @ValueSource(ints = {1, 2, 3})
  void whateverIsDoneTheCatalogSaysWhatTheModelSays(int seed) {
    var random = new Random(seed);
    var bucket = "model-" + seed;
    house.bucket(bucket);
    var model = new VersionModel(house, session, bucket, random);
    for (int step = 0; step < 120; step++) {
      switch (random.nextInt(step < 10 ? 4 : 10)) {
        case 0, 1 -> model.put(NAMES.get(random.nextInt(NAMES.size())));
        case 2, 3, 4 -> model.deleteSome(NAMES);
        case 5 -> model.set(random.nextBoolean() ? "Enabled" : "Suspended");
        default -> model.put(NAMES.get(random.nextInt(4)));
      }
      if (step % 10 == 9) {
        assertThat(VersionModel.strayRows(house)).as("seed %s step %s", seed, step).isZero();
        assertCurrent(bucket, model);
        for (var delimiter : new String[] {null, "/", "//", "b"}) {
          assertPages(bucket, model, random.nextBoolean() ? "" : "a", delimiter, random);
        }
      }
    }
  }

  private static void assertCurrent(String bucket, VersionModel model) {
    var shown = new ArrayList<String>();
    model.keys.forEach((key, versions) -> {
      var newest = versions.getFirst();
      if (newest.marker()) {
        assertThat(house.refusal(FIND_OBJECT, new FindObject(bucket, key, null)).code())
            .isEqualTo(FailureCode.NOT_FOUND);
      } else {
        shown.add(key);
        assertThat(house.ask(FIND_OBJECT, new FindObject(bucket, key, null)).versionId())
            .isEqualTo(newest.id());
      }
      for (var kept : versions) {
        if (!kept.marker()) {
          var found = house.ask(FIND_OBJECT, new FindObject(bucket, key, kept.publicId()));
          assertThat(found.versionId()).isEqualTo(kept.id());
        }
      }
    });
    assertThat(house.ask(LIST_OBJECTS, new ListObjects(bucket, "", null, null, 1000)).objects())
        .extracting(ListedObject::key)
        .containsExactlyElementsOf(shown);
  }

  private static void assertPages(
      String bucket, VersionModel model, String prefix, @Nullable String delimiter, Random random) {
    var expected = entries(model, prefix, delimiter);
    int max = 1 + random.nextInt(7);
    var told = new ArrayList<String>();
    String key = null;
    String version = null;
    do {
      var question = new ListVersions(bucket, prefix, delimiter, key, version, max);
      var page = house.ask(LIST_VERSIONS, question);
      var entries = entries(page);
      told.addAll(entries);
      key = page.nextKey();
      version = page.nextVersion();
      if (key != null) {
        assertThat(entries).as("%s is full", question).hasSize(max);
      }
    } while (key != null);
    assertThat(told)
        .as("%s by %s, %s at a time", prefix, delimiter, max)
        .containsExactlyInAnyOrderElementsOf(expected);
    if (delimiter == null) {
      assertThat(told).containsExactlyElementsOf(expected);
    }
  }

  private static List<String> entries(
      VersionModel model, String prefix, @Nullable String delimiter) {
    var entries = new ArrayList<String>();
    model.keys.forEach((key, versions) -> {
      int at = delimiter == null ? -1 : key.indexOf(delimiter, prefix.length());
      if (!key.startsWith(prefix)) {
        return;
      }
      if (at >= 0 && delimiter != null) {
        var common = "common " + key.substring(0, at + delimiter.length());
        if (!entries.contains(common)) {
          entries.add(common);
        }
        return;
      }
      for (var kept : versions) {
        entries.add(entry(key, kept.publicId(), kept.marker(), isLatest(versions, kept)));
      }
    });
    return entries;
  }

  private static boolean isLatest(List<Kept> versions, Kept kept) {
    return versions.getFirst().equals(kept);
  }

  private static String entry(String key, String version, boolean marker, boolean latest) {
    return key + " " + version + (marker ? " marker" : "") + (latest ? " latest" : "");
  }

  private static List<String> entries(VersionPage page) {
    var entries = new ArrayList<String>();
    page.versions().forEach(v -> entries.add(entry(v.key(), v.publicId(), v.marker(), v.latest())));
    page.commonPrefixes().forEach(prefix -> entries.add("common " + prefix));
    return entries;
  }

  @Test
  void pagesGoOnBehindAVersionThatWasDeletedMeanwhile() {
    house.bucket("emptied");
    var model = new VersionModel(house, session, "emptied", new Random(1));
    model.put("k");
    model.set("Enabled");
    IntStream.range(0, 6).forEach(_ -> model.put("k"));
    var told = new ArrayList<String>();
    String key = null;
    String version = null;
    do {
      var page = house.ask(LIST_VERSIONS, new ListVersions("emptied", "", null, key, version, 2));
      for (var listed : page.versions()) {
        told.add(listed.publicId());
        house.ask(
            io.kintsugi.contract.CatalogContract.DELETE_OBJECTS,
            new io.kintsugi.contract.CatalogContract.DeleteObjects(
                "emptied",
                List.of(
                    new io.kintsugi.contract.CatalogContract.DeleteKey(
                        "k", listed.publicId(), io.kintsugi.contract.Condition.NONE))));
      }
      key = page.nextKey();
      version = page.nextVersion();
    } while (key != null);
    assertThat(told).hasSize(7).doesNotHaveDuplicates().endsWith("null");
  }

  @Test
  void aKeyWithManyVersionsIsReadPageByPage() {
    house.bucket("deep");
    house.put(session, "deep", "k");
    house.sql(
        "INSERT INTO version (version_id, bucket_id, key, seq, size_bytes, etag, headers, metadata,"
            + " created, segments, part_sizes, null_version, past)"
            + " SELECT gen_random_uuid(), bucket_id, key, -i, 1, 'e', '{}', '{}', now(), 1, '{}',"
            + " false, true FROM object JOIN bucket b USING (bucket_id),"
            + " generate_series(1, 50000) i WHERE b.name = 'deep'");
    String key = null;
    String version = null;
    int versions = 0;
    do {
      var page = house.ask(LIST_VERSIONS, new ListVersions("deep", "", null, key, version, 1000));
      versions += page.versions().size();
      key = page.nextKey();
      version = page.nextVersion();
    } while (key != null);
    assertThat(versions).isEqualTo(50_001);
    house.sql("DELETE FROM version WHERE past AND seq < 0");
  }
}
