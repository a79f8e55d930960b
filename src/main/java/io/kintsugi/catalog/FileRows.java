package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogTreeContract.FileName;
import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.CatalogTreeContract.FileRecords;
import io.kintsugi.contract.CatalogTreeContract.FileRoot;
import io.kintsugi.contract.CatalogTreeContract.FindFileRecords;
import io.kintsugi.contract.CatalogTreeContract.GetFileRoot;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.ArrayList;

/// What was once read of plain files, and which roots their origins had. Both were found out by
/// looking, and are found again: the journal does not have them.
final class FileRows {
  private static final int NAMES_MAX = 20_000;
  static final String COLUMNS =
      "f.origin_id, f.path, f.size_bytes, f.modified, f.tag, f.sha256, f.verified, f.rot_sha256";

  private final Db db;

  FileRows(Db db) {
    this.db = db;
  }

  Future<FileRecords> find(FindFileRecords question) {
    if (question.files().size() > NAMES_MAX) {
      throw Ids.invalid("at most " + NAMES_MAX + " files at once");
    }
    var sound = question.files().stream().filter(file -> Ids.isSound(file.path())).toList();
    return db.query(
            "SELECT "
                + COLUMNS
                + " FROM unnest($1::text[], $2::text[]) AS u(origin_id, path)"
                + " JOIN tree_file f ON f.origin_id = u.origin_id AND f.path = u.path",
            sound.stream().map(FileName::originId).toArray(String[]::new),
            sound.stream().map(FileName::path).toArray(String[]::new))
        .map(rows -> {
          var records = new ArrayList<FileRecord>();
          rows.forEach(row -> records.add(record(row)));
          return new FileRecords(records);
        });
  }

  static FileRecord record(Row row) {
    return new FileRecord(
        row.getString(0),
        row.getString(1),
        new FileStamp(row.getLong(2), Instant.parse(row.getString(3)), row.getString(4)),
        row.getString(5),
        row.getOffsetDateTime(6).toInstant(),
        row.getString(7));
  }

  /// Other bytes under the same size and time are rot: what was there before stays known, and the
  /// tag with which it was read last.
  Future<FileRecord> save(SaveFileRecord question) {
    Ids.requireText("path", question.path());
    var stamp = question.stamp();
    return db.query(
            "INSERT INTO tree_file AS f (origin_id, path, size_bytes, modified, tag, sha256)"
                + " VALUES ($1, $2, $3, $4, $5, $6)"
                + " ON CONFLICT (origin_id, path) DO UPDATE SET"
                + " size_bytes = excluded.size_bytes, modified = excluded.modified,"
                + " tag = excluded.tag,"
                + " sha256 = CASE WHEN f.size_bytes = excluded.size_bytes"
                + " AND f.modified = excluded.modified THEN f.sha256 ELSE excluded.sha256 END,"
                + " verified = CASE WHEN f.size_bytes = excluded.size_bytes"
                + " AND f.modified = excluded.modified AND f.sha256 <> excluded.sha256"
                + " THEN f.verified ELSE excluded.verified END,"
                + " rot_sha256 = CASE WHEN f.size_bytes = excluded.size_bytes"
                + " AND f.modified = excluded.modified AND f.sha256 <> excluded.sha256"
                + " THEN excluded.sha256 END"
                + " RETURNING "
                + COLUMNS,
            question.originId(),
            question.path(),
            stamp.sizeBytes(),
            stamp.modified().toString(),
            stamp.tag(),
            question.sha256())
        .map(rows -> record(rows.iterator().next()));
  }

  Future<FileRoot> root(GetFileRoot question) {
    return db.query("SELECT identity FROM file_root WHERE origin_id = $1", question.originId())
        .map(rows ->
            new FileRoot(
                question.originId(),
                rows.size() == 0 ? null : rows.iterator().next().getString(0)));
  }

  Future<Done> saveRoot(FileRoot root) {
    Ids.requireText("identity", root.identity());
    return (root.identity() == null
            ? db.query("DELETE FROM file_root WHERE origin_id = $1", root.originId())
            : db.query(
                "INSERT INTO file_root (origin_id, identity) VALUES ($1, $2)"
                    + " ON CONFLICT (origin_id) DO UPDATE SET identity = $2, learnt = now()",
                root.originId(),
                root.identity()))
        .map(_ -> new Done());
  }
}
