package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract.CountObjects;
import io.kintsugi.contract.CatalogContract.ListObjects;
import io.kintsugi.contract.CatalogContract.ListedObject;
import io.kintsugi.contract.CatalogContract.ObjectCount;
import io.kintsugi.contract.CatalogContract.ObjectPage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Pages of keys. With a delimiter the index is not read key by key: behind each common prefix the
/// search goes on past all keys that begin with it.
final class Listing {
  private static final int PAGE_MAX = 1000;

  /// No bound: behind every key of one bucket.
  private static final String OPEN_END = "";

  private static final String PLAIN =
      """
      SELECT key, version_id, size_bytes, etag, created, false AS common
        FROM object
       WHERE bucket_id = (SELECT bucket_id FROM bucket WHERE name = $1) AND NOT marker
         AND key >= $2 AND (key < $3 OR $3 = '')
       ORDER BY key LIMIT $4
      """;

  /// `$5` prefix, `$6` delimiter, `$7` its last character's successor.
  private static final String SKIPPING =
      """
      WITH RECURSIVE b AS (SELECT bucket_id FROM bucket WHERE name = $1), walk AS (
        (SELECT o.*, 1 AS n FROM b, LATERAL (
           SELECT key, version_id, size_bytes, etag, created,
                  strpos(substr(key, length($5) + 1), $6) AS at
             FROM object WHERE bucket_id = b.bucket_id AND key >= $2 AND (key < $3 OR $3 = '')
               AND NOT marker
            ORDER BY key LIMIT 1) o)
        UNION ALL
        SELECT o.*, walk.n + 1 FROM walk, b, LATERAL (
           SELECT key, version_id, size_bytes, etag, created,
                  strpos(substr(key, length($5) + 1), $6) AS at
             FROM object
            WHERE bucket_id = b.bucket_id AND (key < $3 OR $3 = '') AND NOT marker
              AND key >= CASE WHEN walk.at = 0 THEN walk.key || E'\\x01'
                              ELSE left(walk.key, length($5) + walk.at + length($6) - 2) || $7 END
            ORDER BY key LIMIT 1) o
         WHERE walk.n < $4
      )
      SELECT CASE WHEN at = 0 THEN key
                  ELSE left(key, length($5) + at + length($6) - 1) END AS key,
             version_id, size_bytes, etag, created, at > 0 AS common
        FROM walk ORDER BY n
      """;

  private static final String COUNT =
      "SELECT (SELECT count(*) FROM object o WHERE o.bucket_id = b.bucket_id AND NOT o.marker)"
          + " FROM bucket b WHERE b.name = $1";

  private final Db db;

  Listing(Db db) {
    this.db = db;
  }

  Future<ObjectPage> list(ListObjects question) {
    if (question.max() < 0 || question.max() > PAGE_MAX) {
      throw Ids.invalid("max must be 0 to " + PAGE_MAX);
    }
    Ids.requireText("prefix", question.prefix());
    Ids.requireText("delimiter", question.delimiter());
    Ids.requireText("after", question.after());
    return db.query("SELECT 1 FROM bucket WHERE name = $1", question.bucket())
        .compose(rows -> {
          if (rows.size() == 0) {
            throw Ids.noBucket(question.bucket());
          }
          return question.max() == 0
              ? Future.succeededFuture(new ObjectPage(List.of(), List.of(), null))
              : page(question);
        });
  }

  Future<ObjectCount> count(CountObjects question) {
    return db.query(COUNT, question.bucket())
        .map(rows -> {
          if (rows.size() == 0) {
            throw Ids.noBucket(question.bucket());
          }
          return new ObjectCount(rows.iterator().next().getLong(0));
        });
  }

  private Future<ObjectPage> page(ListObjects question) {
    var prefix = question.prefix();
    var delimiter = question.delimiter();
    var end = Ordering.behind(prefix);
    var start = start(question);
    if (start == null) {
      return Future.succeededFuture(new ObjectPage(List.of(), List.of(), null));
    }
    int limit = question.max() + 1;
    var bound = end == null ? OPEN_END : end;
    var rows =
        delimiter == null || delimiter.isEmpty()
            ? db.query(PLAIN, question.bucket(), start, bound, limit)
            : db.query(
                SKIPPING,
                question.bucket(),
                start,
                bound,
                limit,
                prefix,
                delimiter,
                successor(delimiter));
    return rows.map(found -> read(found, question.max()));
  }

  /// The first text that may stand on the page; null if none may.
  static @Nullable String start(ListObjects question) {
    var prefix = question.prefix();
    var after = question.after();
    if (after == null || Ordering.compare(after, prefix) < 0) {
      return prefix;
    }
    var delimiter = question.delimiter();
    if (delimiter != null && !delimiter.isEmpty() && after.startsWith(prefix)) {
      int at = after.indexOf(delimiter, prefix.length());
      if (at >= 0) {
        return Ordering.behind(after.substring(0, at + delimiter.length()));
      }
    }
    return Ordering.after(after);
  }

  static String successor(String delimiter) {
    int last = delimiter.codePointBefore(delimiter.length());
    var next = Ordering.behind(Character.toString(last));
    if (next == null) {
      throw Ids.invalid("the delimiter must not end with U+10FFFF");
    }
    return next;
  }

  private static ObjectPage read(RowSet<Row> rows, int max) {
    var objects = new ArrayList<ListedObject>();
    var prefixes = new ArrayList<String>();
    String last = null;
    int count = 0;
    for (var row : rows) {
      if (++count > max) {
        return new ObjectPage(objects, prefixes, last);
      }
      last = row.getString("key");
      if (row.getBoolean("common")) {
        prefixes.add(last);
      } else {
        objects.add(
            new ListedObject(
                last,
                Ids.hex(row.getUUID("version_id")),
                row.getLong("size_bytes"),
                row.getString("etag"),
                row.getOffsetDateTime("created").toInstant()));
      }
    }
    return new ObjectPage(objects, prefixes, null);
  }
}
