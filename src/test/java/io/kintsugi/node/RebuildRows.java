package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The rows of a catalog that a rebuild must bring back.
///
/// What may differ: numbers of buckets, which nobody sees; `verified`, which the next scan finds
/// out; scans, heals and coverage, which are no truth but work; and whatever was written in the
/// last second, behind the end of the journal: committed and not in it, or whole on the origins and
/// not yet committed. Those keys are told apart by the changes behind that end, in either catalog,
/// and their objects are held to what the clients were told.
///
/// @param changes `seq kind bucket/key` of every change
/// @param rows by table, each behind its `bucket/key` and a tab
record RebuildRows(List<String> changes, Map<String, List<String>> rows) {
  private static final String NO_KEY = "''";
  private static final String OF_VERSION = "b.name || '/' || r.key";
  private static final String OF_SEGMENT =
      " JOIN segment s USING (write_id) LEFT JOIN version v ON v.version_id = s.owner_id"
          + " LEFT JOIN part p ON p.part_id = s.owner_id"
          + " LEFT JOIN upload u ON u.upload_id = p.upload_id"
          + " LEFT JOIN bucket b ON b.bucket_id = coalesce(v.bucket_id, u.bucket_id)";
  private static final String SEGMENT_KEY = "coalesce(b.name || '/' || coalesce(v.key, u.key), '')";
  private static final String OF_BUCKET = " JOIN bucket b USING (bucket_id)";

  static RebuildRows of(Path data) throws Exception {
    var catalog = new CatalogRows(data);
    var rows = new TreeMap<String, List<String>>();
    rows.put("bucket", read(catalog, "bucket", NO_KEY, ""));
    rows.put("origin", read(catalog, "origin", NO_KEY, ""));
    rows.put("policy", read(catalog, "policy", NO_KEY, ""));
    rows.put("upload", read(catalog, "upload", OF_VERSION, OF_BUCKET));
    rows.put("version", read(catalog, "version", OF_VERSION, OF_BUCKET));
    rows.put("object", read(catalog, "object", OF_VERSION, OF_BUCKET));
    rows.put(
        "part",
        read(
            catalog,
            "part",
            "b.name || '/' || u.key",
            " JOIN upload u USING (upload_id) JOIN bucket b ON b.bucket_id = u.bucket_id"));
    rows.put("segment", read(catalog, "segment", SEGMENT_KEY, OF_SEGMENT));
    rows.put("location", read(catalog, "location", SEGMENT_KEY, OF_SEGMENT));
    var changes =
        catalog.read(
            "SELECT seq || ' ' || kind || ' ' || coalesce(body->>'bucket', '') || '/'"
                + " || coalesce(body->>'key', '') FROM change ORDER BY seq");
    return new RebuildRows(changes, rows);
  }

  private static List<String> read(CatalogRows catalog, String table, String key, String join)
      throws Exception {
    return catalog.read(
        "SELECT %s || chr(9) || (to_jsonb(r) - 'bucket_id' - 'verified')::text FROM %s r%s ORDER BY 1"
            .formatted(key, table, join));
  }

  /// Holds a rebuilt catalog to this lost one, up to the last change that the journal knew.
  void assertSame(RebuildRows rebuilt, long lastSeq) {
    var uncertain = new HashSet<String>();
    var all = new ArrayList<>(changes);
    all.addAll(rebuilt.changes());
    for (var change : all) {
      var words = change.split(" ", 3);
      if (Long.parseLong(words[0]) > lastSeq) {
        uncertain.add(words[2]);
      }
    }
    assertThat(lastSeq).as("changes that the journal knows").isGreaterThan(100);
    assertThat(rebuilt.changes().subList(0, Math.toIntExact(lastSeq)))
        .as("changes")
        .isEqualTo(changes.subList(0, Math.toIntExact(lastSeq)));
    rows.forEach((table, before) -> {
      var after = rebuilt.rows().getOrDefault(table, List.of());
      assertThat(certain(after, uncertain))
          .as("rows of %s, but for %s", table, uncertain)
          .isEqualTo(certain(before, uncertain));
      assertThat(before).as("rows of %s", table).isNotEmpty();
    });
  }

  private static List<String> certain(List<String> rows, Set<String> uncertain) {
    return rows.stream()
        .filter(row -> !uncertain.contains(row.substring(0, row.indexOf('\t'))))
        .toList();
  }
}
