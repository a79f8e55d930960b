package io.kintsugi.catalog;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.UUID;

/// Rows that were kept only to know what is dead, and go once nothing lies anywhere in their name.
final class Tombstones {
  private static final int PAGE_MAX = 1000;

  private static final String DROP_SEGMENTS =
      """
      DELETE FROM segment s WHERE s.write_id = ANY($1::uuid[]) AND s.retired
         AND NOT EXISTS (SELECT FROM remnant r WHERE r.write_id = s.write_id)
      RETURNING s.owner_id
      """;

  private static final String DROP_VERSIONS =
      """
      DELETE FROM version v WHERE v.version_id = ANY($1::uuid[]) AND v.died_at IS NOT NULL
         AND NOT EXISTS (SELECT FROM segment s WHERE s.write_id = v.version_id)
         AND NOT EXISTS (SELECT FROM segment s WHERE s.owner_id = v.version_id
                            AND s.owner_id <> s.write_id)
      RETURNING v.version_id
      """;

  /// Who completes it once more is told that there is no such upload, as of its object.
  private static final String DROP_COMPLETED =
      "DELETE FROM upload WHERE version_id = ANY($1::uuid[]) AND state = 'completed'";

  /// They hold no bytes, so nobody has to confirm anything.
  private static final String DROP_MARKERS =
      """
      DELETE FROM version WHERE version_id IN (
        SELECT version_id FROM version
         WHERE marker AND died_at IS NOT NULL AND created <= now() - $1 * interval '1 ms'
         ORDER BY created LIMIT $2 FOR UPDATE SKIP LOCKED)
      """;

  private static final String DROP_ABORTED =
      """
      DELETE FROM upload WHERE upload_id IN (
        SELECT upload_id FROM upload
         WHERE state = 'aborted' AND created <= now() - $1 * interval '1 ms'
         ORDER BY created LIMIT $2 FOR UPDATE SKIP LOCKED)
      """;

  private Tombstones() {}

  /// Of segments whose last remnants may have gone; they must be locked.
  static Future<Void> drop(SqlConnection tx, Object segments) {
    return Db.run(tx, DROP_SEGMENTS, segments)
        .compose(owners ->
            owners.size() == 0
                ? Future.succeededFuture()
                : Db.run(tx, DROP_VERSIONS, (Object) ids(owners)))
        .compose(versions ->
            versions == null || versions.size() == 0
                ? Future.succeededFuture()
                : Db.run(tx, DROP_COMPLETED, (Object) ids(versions)))
        .mapEmpty();
  }

  /// Delete markers that died, and uploads that were aborted, longer ago than the grace.
  static Future<Void> dropBare(SqlConnection tx, long graceMillis) {
    return Future.all(
            Db.run(tx, DROP_MARKERS, (double) graceMillis, PAGE_MAX),
            Db.run(tx, DROP_ABORTED, (double) graceMillis, PAGE_MAX))
        .mapEmpty();
  }

  static UUID[] ids(RowSet<Row> rows) {
    var ids = new ArrayList<UUID>();
    rows.forEach(row -> ids.add(row.getUUID(0)));
    return ids.stream().distinct().toArray(UUID[]::new);
  }
}
