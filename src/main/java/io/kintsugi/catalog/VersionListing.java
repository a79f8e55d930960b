package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract.ListObjects;
import io.kintsugi.contract.CatalogContract.ListVersions;
import io.kintsugi.contract.CatalogContract.ListedVersion;
import io.kintsugi.contract.CatalogContract.VersionPage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Pages of versions and delete markers. Whatever is alive of a key, the key has a row in `object`:
/// that table is walked, and behind a common prefix the walk goes on past all keys that begin with
/// it.
final class VersionListing {
  private static final int PAGE_MAX = 1000;
  private static final String OPEN_END = "";

  /// `$1` bucket, `$2` first key, `$3` bound, `$4` how many, `$5` prefix, `$6` delimiter or empty,
  /// `$7` its last character's successor.
  private static final String KEYS =
      """
      WITH RECURSIVE b AS (SELECT bucket_id FROM bucket WHERE name = $1), walk AS (
        (SELECT o.*, 1 AS n FROM b, LATERAL (
           SELECT key, version_id,
                  CASE WHEN $6 = '' THEN 0 ELSE strpos(substr(key, length($5) + 1), $6) END AS at
             FROM object WHERE bucket_id = b.bucket_id AND key >= $2 AND (key < $3 OR $3 = '')
            ORDER BY key LIMIT 1) o)
        UNION ALL
        SELECT o.*, walk.n + 1 FROM walk, b, LATERAL (
           SELECT key, version_id,
                  CASE WHEN $6 = '' THEN 0 ELSE strpos(substr(key, length($5) + 1), $6) END AS at
             FROM object
            WHERE bucket_id = b.bucket_id AND (key < $3 OR $3 = '')
              AND key >= CASE WHEN walk.at = 0 THEN walk.key || E'\\x01'
                              ELSE left(walk.key, length($5) + walk.at + length($6) - 2) || $7 END
            ORDER BY key LIMIT 1) o
         WHERE walk.n < $4
      )
      """;

  /// `$8` the key whose versions begin behind the seq `$9`.
  private static final String PAGE =
      KEYS
          + """
          SELECT CASE WHEN w.at = 0 THEN w.key
                      ELSE left(w.key, length($5) + w.at + length($6) - 1) END AS key,
                 w.at > 0 AS common, v.version_id, v.version_id = w.version_id AS latest, v.marker,
                 v.null_version, v.size_bytes, v.etag, v.created
            FROM (SELECT * FROM walk ORDER BY n) w
            LEFT JOIN LATERAL (
              SELECT * FROM version WHERE version_id = w.version_id
              UNION ALL
              (SELECT p.* FROM b, version p
                WHERE p.bucket_id = b.bucket_id AND p.key = w.key AND p.past
                  AND p.seq < CASE WHEN w.key = $8 THEN $9 ELSE 9223372036854775807 END
                ORDER BY p.seq DESC LIMIT $4)
            ) v ON w.at = 0
           WHERE w.at > 0 OR w.key <> $8 OR v.seq < $9
           ORDER BY w.n, v.seq DESC LIMIT $4
          """;

  /// Where a version stands among those of its key, whether or not it is alive still.
  private static final String SEQ =
      "SELECT v.seq FROM bucket b JOIN version v USING (bucket_id)"
          + " WHERE b.name = $1 AND v.key = $2 AND v.version_id = $3";

  private static final String NULL_SEQ =
      "SELECT v.seq FROM bucket b JOIN object o USING (bucket_id) JOIN version v USING (version_id)"
          + " WHERE b.name = $1 AND o.key = $2 AND o.null_version UNION ALL"
          + " SELECT v.seq FROM bucket b JOIN version v USING (bucket_id)"
          + " WHERE b.name = $1 AND v.key = $2 AND v.past AND v.null_version";

  private final Db db;

  VersionListing(Db db) {
    this.db = db;
  }

  Future<VersionPage> list(ListVersions question) {
    if (question.max() < 0 || question.max() > PAGE_MAX) {
      throw Ids.invalid("max must be 0 to " + PAGE_MAX);
    }
    Ids.requireText("prefix", question.prefix());
    Ids.requireText("delimiter", question.delimiter());
    Ids.requireText("key marker", question.afterKey());
    return db.query("SELECT 1 FROM bucket WHERE name = $1", question.bucket())
        .compose(rows -> {
          if (rows.size() == 0) {
            throw Ids.noBucket(question.bucket());
          }
          return question.max() == 0
              ? Future.succeededFuture(empty())
              : seq(question).compose(seq -> page(question, seq));
        });
  }

  private static VersionPage empty() {
    return new VersionPage(List.of(), List.of(), null, null);
  }

  /// Null: from behind the whole key. Of a version that nobody knows any more, nothing is known of
  /// what was told before it: then all that is left of its key is told, rather than too little.
  private Future<@Nullable Long> seq(ListVersions question) {
    var key = question.afterKey();
    var version = question.afterVersion();
    if (key == null || version == null) {
      return Future.succeededFuture(null);
    }
    var named = Ids.uuidOrNull(version);
    if (named == null && !version.equals(Versioning.NULL_ID)) {
      throw Ids.invalid("'" + version + "' is no version id");
    }
    var rows =
        named == null
            ? db.query(NULL_SEQ, question.bucket(), key)
            : db.query(SEQ, question.bucket(), key, named);
    return rows.map(
        found -> found.size() == 0 ? Long.MAX_VALUE : found.iterator().next().getLong(0));
  }

  private Future<VersionPage> page(ListVersions question, @Nullable Long seq) {
    var delimiter = question.delimiter() == null ? "" : question.delimiter();
    var start = start(question, delimiter, seq);
    if (start == null) {
      return Future.succeededFuture(empty());
    }
    var end = Ordering.behind(question.prefix());
    // The first key may give nothing, and one entry more than asked for tells whether more follow.
    return db.query(
            PAGE,
            question.bucket(),
            start,
            end == null ? OPEN_END : end,
            question.max() + 2,
            question.prefix(),
            delimiter,
            delimiter.isEmpty() ? "" : Listing.successor(delimiter),
            seq == null ? "" : question.afterKey(),
            seq == null ? Long.MAX_VALUE : seq)
        .map(found -> read(found, question.max()));
  }

  /// The first key that may stand on the page: the marker's own, if some of its versions may.
  private static @Nullable String start(
      ListVersions question, String delimiter, @Nullable Long seq) {
    var prefix = question.prefix();
    var key = question.afterKey();
    if (seq != null && key != null && Ordering.compare(key, prefix) >= 0) {
      boolean grouped =
          !delimiter.isEmpty()
              && key.startsWith(prefix)
              && key.indexOf(delimiter, prefix.length()) >= 0;
      if (!grouped) {
        return key;
      }
    }
    return Listing.start(
        new ListObjects(question.bucket(), prefix, delimiter, key, question.max()));
  }

  private static VersionPage read(RowSet<Row> rows, int max) {
    var versions = new ArrayList<ListedVersion>();
    var prefixes = new ArrayList<String>();
    String lastKey = null;
    String lastVersion = null;
    for (var row : rows) {
      if (versions.size() + prefixes.size() == max) {
        return new VersionPage(versions, prefixes, lastKey, lastVersion);
      }
      lastKey = row.getString("key");
      if (row.getBoolean("common")) {
        prefixes.add(lastKey);
        lastVersion = null;
      } else {
        var version = version(row, lastKey);
        versions.add(version);
        lastVersion = version.publicId();
      }
    }
    return new VersionPage(versions, prefixes, null, null);
  }

  private static ListedVersion version(Row row, String key) {
    return new ListedVersion(
        key,
        Versioning.anyId(row.getUUID("version_id"), row.getBoolean("null_version")),
        row.getBoolean("latest"),
        row.getBoolean("marker"),
        row.getLong("size_bytes"),
        row.getString("etag"),
        row.getOffsetDateTime("created").toInstant());
  }
}
