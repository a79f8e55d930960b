package io.kintsugi.catalog;

import io.kintsugi.catalog.Completions.Completed;
import io.kintsugi.catalog.ReplayedVersions.Newcomer;
import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.UploadContract.AbortUpload;
import io.kintsugi.contract.UploadContract.CommitPart;
import io.kintsugi.contract.UploadContract.PartRef;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What happened to a multipart upload, done again.
final class ReplayedUploads {
  private static final String PARTS =
      "SELECT number, part_id, size_bytes, etag, segments FROM part WHERE upload_id = $1";

  private static final String REPLACED =
      "WITH gone AS (DELETE FROM part WHERE upload_id = $1 AND number = $2 RETURNING part_id),"
          + " died AS (SELECT part_id AS id, $3::timestamptz AS at FROM gone)"
          + Replay.BURY;

  /// All parts but those that the object is made of.
  private static final String LEFT_OVER =
      "WITH gone AS (DELETE FROM part WHERE upload_id = $1 RETURNING part_id),"
          + " died AS (SELECT part_id AS id, $3::timestamptz AS at FROM gone"
          + " WHERE part_id <> ALL($2::uuid[]))"
          + Replay.BURY;

  private record Kept(UUID partId, long sizeBytes, String etag, int segments) {}

  private final SqlConnection tx;
  private final Change change;

  ReplayedUploads(SqlConnection tx, Change change) {
    this.tx = tx;
    this.change = change;
  }

  private Future<RowSet<Row>> run(String sql, @Nullable Object... values) {
    return Db.run(tx, sql, values);
  }

  Future<?> partCommitted(CommitPart part) {
    var uploadId = Ids.uuid(part.uploadId());
    var partId = Ids.uuid(part.segments().getFirst().writeId());
    var at = Replay.at(change);
    var segments = new SegmentRows();
    segments.add(partId, part.segments());
    var times = new SegmentTimes();
    times.add(part.segments(), at);
    return run(REPLACED, uploadId, part.number(), at)
        .compose(_ ->
            run(
                "INSERT INTO part (upload_id, number, part_id, size_bytes, etag, segments,"
                    + " created) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                uploadId,
                part.number(),
                partId,
                part.sizeBytes(),
                part.etag(),
                part.segments().size(),
                at))
        .compose(_ -> segments.insert(tx))
        .compose(_ -> times.set(tx));
  }

  Future<?> aborted(AbortUpload question) {
    var uploadId = Ids.uuid(question.uploadId());
    return run("UPDATE upload SET state = 'aborted' WHERE upload_id = $1", uploadId)
        .compose(_ -> run(LEFT_OVER, uploadId, new UUID[0], Replay.at(change)));
  }

  Future<?> completed(Completed body) {
    var uploadId = Ids.uuid(body.uploadId());
    return run(PARTS, uploadId).compose(rows -> completed(body, uploadId, named(body, rows)));
  }

  private List<Kept> named(Completed body, RowSet<Row> rows) {
    var kept = new HashMap<UUID, Kept>();
    rows.forEach(row ->
        kept.put(
            row.getUUID("part_id"),
            new Kept(
                row.getUUID("part_id"),
                row.getLong("size_bytes"),
                row.getString("etag"),
                row.getInteger("segments"))));
    var parts = new ArrayList<Kept>();
    for (var part : body.parts()) {
      var found = kept.get(Ids.uuid(part.partId()));
      if (found == null) {
        throw Ids.conflict(
            "change", "change " + change.seq() + " completes an upload whose part is not there");
      }
      parts.add(found);
    }
    return parts;
  }

  private Future<?> completed(Completed body, UUID uploadId, List<Kept> parts) {
    var versionId = Ids.uuid(body.versionId());
    var at = Replay.at(change);
    var adoption = new Grid(Grid.Type.ID, Grid.Type.INT, Grid.Type.LONG);
    var names = new ArrayList<PartRef>();
    int ordinal = 0;
    long offset = 0;
    for (int i = 0; i < parts.size(); i++) {
      var part = parts.get(i);
      adoption.add(part.partId(), ordinal, offset);
      names.add(new PartRef(body.parts().get(i).number(), part.etag()));
      ordinal += part.segments();
      offset += part.sizeBytes();
    }
    var born =
        new Newcomer(
            body.bucket(),
            body.key(),
            body.versionId(),
            body.info(),
            ordinal,
            parts.stream().map(Kept::sizeBytes).toList(),
            false,
            body.nullVersion(),
            body.died());
    return new ReplayedVersions()
        .add(change, born)
        .apply(tx)
        .compose(_ -> run(Completions.ADOPT, adoption.values(versionId)))
        .compose(_ ->
            run(LEFT_OVER, uploadId, parts.stream().map(Kept::partId).toArray(UUID[]::new), at))
        .compose(_ ->
            run(
                "UPDATE upload SET state = 'completed', version_id = $2, named = $3"
                    + " WHERE upload_id = $1",
                uploadId,
                versionId,
                CompleteRules.named(names)));
  }
}
