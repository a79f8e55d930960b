package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogTreeCareContract.ListRotten;
import io.kintsugi.contract.CatalogTreeCareContract.LoadVerifications;
import io.kintsugi.contract.CatalogTreeCareContract.SaveVerification;
import io.kintsugi.contract.CatalogTreeCareContract.Verifications;
import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.CatalogTreeContract.FileRecords;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.TreeCareContract.Verification;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Objects;

/// How far the files of federated buckets are verified, and which are rotten. As what was read of
/// files, it was found out by looking and is found again: the journal does not have it.
final class TreeCareRows {
  private static final int PAGE_MAX = 1_000;

  /// The lease runs on PostgreSQL's clock.
  private static final String SAVE =
      "INSERT INTO tree_verification AS v (tree, holder, lease_until, body)"
          + " VALUES ($1, $2, now() + $3 * interval '1 ms', $4::text::jsonb)"
          + " ON CONFLICT (tree) DO UPDATE SET holder = excluded.holder,"
          + " lease_until = excluded.lease_until, body = excluded.body"
          + " WHERE v.holder = excluded.holder OR v.lease_until <= now()";

  private final Db db;

  TreeCareRows(Db db) {
    this.db = db;
  }

  Future<Done> save(SaveVerification question) {
    var json = Json.text(question.verification());
    Ids.requireText("verification", json);
    return db.query(
            SAVE,
            question.verification().bucket(),
            question.holder(),
            (double) question.leaseMillis(),
            json)
        .map(rows -> {
          if (rows.rowCount() == 0) {
            throw Ids.conflict("lease", "another node verifies it");
          }
          return new Done();
        });
  }

  Future<Verifications> load(LoadVerifications question) {
    return db.query("SELECT body::text FROM tree_verification ORDER BY tree")
        .map(rows -> {
          var found = new ArrayList<Verification>();
          rows.forEach(row -> found.add(Json.decode(row.getString(0), Verification.class)));
          return new Verifications(found);
        });
  }

  Future<FileRecords> rotten(ListRotten question) {
    return db.query(
            "SELECT "
                + FileRows.COLUMNS
                + " FROM tree_file f WHERE f.rot_sha256 IS NOT NULL"
                + " AND (f.origin_id, f.path) > ($1::text, $2::text)"
                + " ORDER BY f.origin_id, f.path LIMIT $3",
            Objects.requireNonNullElse(question.afterOriginId(), ""),
            Objects.requireNonNullElse(question.afterPath(), ""),
            Math.clamp(question.max(), 1, PAGE_MAX))
        .map(rows -> {
          var records = new ArrayList<FileRecord>();
          rows.forEach(row -> records.add(FileRows.record(row)));
          return new FileRecords(records);
        });
  }

  /// Nothing is said of a file of which that state is known already.
  Future<FileRecord> expect(SaveFileRecord question) {
    Ids.requireText("path", question.path());
    var stamp = question.stamp();
    return db.query(
            "INSERT INTO tree_file AS f"
                + " (origin_id, path, size_bytes, modified, tag, sha256, verified)"
                + " VALUES ($1, $2, $3, $4, $5, $6, 'epoch')"
                + " ON CONFLICT (origin_id, path) DO UPDATE SET"
                + " size_bytes = excluded.size_bytes, modified = excluded.modified,"
                + " tag = excluded.tag, sha256 = excluded.sha256, verified = excluded.verified,"
                + " rot_sha256 = NULL"
                + " WHERE f.size_bytes <> excluded.size_bytes OR f.modified <> excluded.modified",
            question.originId(),
            question.path(),
            stamp.sizeBytes(),
            stamp.modified().toString(),
            stamp.tag(),
            question.sha256())
        .compose(_ ->
            db.query(
                "SELECT "
                    + FileRows.COLUMNS
                    + " FROM tree_file f WHERE f.origin_id = $1 AND f.path = $2",
                question.originId(),
                question.path()))
        .map(rows -> FileRows.record(rows.iterator().next()));
  }
}
