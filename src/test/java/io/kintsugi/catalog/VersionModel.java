package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.CHANGE_BUCKET;
import static io.kintsugi.contract.CatalogContract.DELETE_OBJECTS;

import io.kintsugi.contract.CatalogContract.ChangeBucket;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.Condition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A bucket with versions as a list per key, the newest first, beside the real one: what is done to
/// one is done to both.
final class VersionModel {
  private static final Comparator<String> BY_BYTES =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  /// Rows that contradict one another, over the whole catalog: a key whose current version is not
  /// its newest, versions that are neither, markers or null versions told in two ways, segments
  /// that are alive without their version or dead with it.
  private static final String STRAY =
      """
      SELECT (SELECT count(*) FROM version v LEFT JOIN object o USING (version_id)
               WHERE (v.died_at IS NULL) <> (v.past OR o.version_id IS NOT NULL)
                  OR (v.past AND o.version_id IS NOT NULL)
                  OR (o.version_id IS NOT NULL
                      AND (o.marker, o.null_version) <> (v.marker, v.null_version)))
           + (SELECT count(*) FROM object o JOIN version v USING (version_id)
               WHERE EXISTS (SELECT FROM version p WHERE p.bucket_id = o.bucket_id
                              AND p.key = o.key AND p.past AND p.seq > v.seq))
           + (SELECT count(*) FROM version v JOIN segment s ON s.owner_id = v.version_id
               WHERE s.live <> (v.died_at IS NULL))
      """;

  /// A version or marker.
  record Kept(String id, boolean marker, boolean isNull) {
    String publicId() {
      return isNull ? "null" : id;
    }
  }

  final TreeMap<String, List<Kept>> keys = new TreeMap<>(BY_BYTES);
  private final House house;
  private final String session;
  private final String bucket;
  private final Random random;
  private @Nullable String versioning;

  VersionModel(House house, String session, String bucket, Random random) {
    this.house = house;
    this.session = session;
    this.bucket = bucket;
    this.random = random;
  }

  static long strayRows(House house) {
    return house.sql(STRAY);
  }

  void set(String word) {
    house.ask(CHANGE_BUCKET, new ChangeBucket(bucket, null, null, null, null, null, word));
    versioning = word;
  }

  void put(String key) {
    var committed = house.put(session, bucket, key);
    add(key, new Kept(committed.versionId(), false, !"Enabled".equals(versioning)));
  }

  private void add(String key, Kept kept) {
    var versions = keys.computeIfAbsent(key, _ -> new ArrayList<>());
    if (kept.isNull()) {
      versions.removeIf(Kept::isNull);
    }
    versions.addFirst(kept);
  }

  /// Some keys, some by a version that is or once was there, in one question.
  void deleteSome(List<String> names) {
    var wishes = new ArrayList<DeleteKey>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      var key = names.get(random.nextInt(names.size()));
      wishes.add(new DeleteKey(key, random.nextInt(3) == 0 ? null : named(key), Condition.NONE));
    }
    var answers = house.ask(DELETE_OBJECTS, new DeleteObjects(bucket, wishes)).keys();
    var marked = new ArrayList<String>();
    for (int i = 0; i < wishes.size(); i++) {
      var wish = wishes.get(i);
      var versions = keys.computeIfAbsent(wish.key(), _ -> new ArrayList<>());
      if (wish.versionId() != null) {
        versions.removeIf(kept -> kept.publicId().equals(wish.versionId()));
      } else if (versioning == null) {
        versions.clear();
      } else if (!marked.contains(wish.key())) {
        marked.add(wish.key());
        var id = String.valueOf(answers.get(i).markerId());
        add(wish.key(), new Kept(id, true, versioning.equals("Suspended")));
      }
    }
    keys.values().removeIf(List::isEmpty);
  }

  private String named(String key) {
    var versions = keys.getOrDefault(key, List.of());
    return versions.isEmpty() || random.nextInt(8) == 0
        ? "null"
        : versions.get(random.nextInt(versions.size())).publicId();
  }
}
