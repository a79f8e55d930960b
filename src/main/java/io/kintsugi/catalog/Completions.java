package io.kintsugi.catalog;

import io.kintsugi.catalog.CommitDecision.Head;
import io.kintsugi.catalog.CompleteRules.Kept;
import io.kintsugi.catalog.ObjectRows.LockedBucket;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.UploadContract.CompleteUpload;
import io.kintsugi.contract.UploadContract.PartRef;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Completing an upload: the segments of its parts become the segments of an object, in one
/// transaction and without moving a byte.
final class Completions {
  private static final String PARTS =
      "SELECT number, part_id, size_bytes, etag, segments FROM part WHERE upload_id = $1";

  /// The segments of part `u.part_id` come to stand behind those of the parts before it.
  static final String ADOPT =
      """
      UPDATE segment s
         SET owner_id = $1, ordinal = s.ordinal + u.ordinal, at_offset = s.at_offset + u.start
        FROM unnest($2::uuid[], $3::int[], $4::bigint[]) AS u(part_id, ordinal, start)
       WHERE s.live AND ((s.write_id = u.part_id AND s.owner_id = u.part_id)
                      OR (s.owner_id = u.part_id AND s.owner_id <> s.write_id))
      """;

  private final Db db;
  private final World world;

  Completions(Db db, World world) {
    this.db = db;
    this.world = world;
  }

  /// What the journal needs to bind the parts to the version.
  ///
  /// @param nullVersion written while the bucket kept no versions
  /// @param died the versions that it replaced; the others of its key live on
  record Completed(
      String bucket,
      String key,
      String uploadId,
      String versionId,
      ObjectInfo info,
      List<PartOf> parts,
      @Nullable Boolean nullVersion,
      @Nullable List<String> died) {
    record PartOf(int number, String partId) {}
  }

  /// Where a completion stands, under its locks.
  private record Draft(
      CompleteUpload question,
      UUID uploadId,
      Row upload,
      LockedBucket bucket,
      Map<Integer, Kept> kept) {
    List<Kept> parts() {
      var parts = new ArrayList<Kept>();
      for (var ref : question.parts()) {
        var part = kept.get(ref.number());
        if (part != null) {
          parts.add(part);
        }
      }
      return parts;
    }
  }

  Future<Committed> complete(CompleteUpload question) {
    var uploadId = Uploads.id(question.uploadId());
    return etag(question.parts())
        .compose(etag -> db.tx(tx -> completeLocked(tx, question, uploadId, etag)))
        .onSuccess(_ -> CrashPoint.COMPLETE_MADE.pass());
  }

  /// Whatever is no MD5 is refused later, as naming no part.
  private Future<String> etag(List<PartRef> parts) {
    boolean digests = parts.stream().allMatch(ref -> ref.etag().matches("[0-9a-fA-F]{32}"));
    return digests ? world.compute(() -> CompleteRules.etag(parts)) : Future.succeededFuture("");
  }

  private Future<Committed> completeLocked(
      SqlConnection tx, CompleteUpload question, UUID uploadId, String etag) {
    var bucket = ObjectRows.lockBuckets(tx, Stream.of(question.bucket()));
    var uploads =
        Db.run(tx, Uploads.FIND + " FOR UPDATE OF u", uploadId, question.bucket(), question.key());
    var kept = Db.run(tx, PARTS, uploadId);
    return Future.all(bucket, uploads, kept)
        .compose(_ -> {
          if (uploads.result().size() == 0) {
            throw Uploads.noUpload(question.uploadId());
          }
          var row = uploads.result().iterator().next();
          var locked = bucket.result().get(question.bucket());
          if (locked == null) {
            throw Ids.noBucket(question.bucket());
          }
          return switch (row.getString("state")) {
            case "completed" -> again(tx, question, row);
            case "open" ->
                create(tx, new Draft(question, uploadId, row, locked, kept(kept.result())), etag);
            default -> throw Uploads.noUpload(question.uploadId());
          };
        });
  }

  private static Future<Committed> again(SqlConnection tx, CompleteUpload question, Row upload) {
    if (!CompleteRules.named(question.parts()).equals(upload.getString("named"))) {
      throw Uploads.noUpload(question.uploadId());
    }
    var versionId = upload.getUUID("version_id");
    return Db.run(tx, ObjectRows.FIND_VERSIONS, (Object) new UUID[] {versionId})
        .map(rows -> {
          if (rows.size() == 0) {
            // What it became is dead, and so long that nothing is left of it.
            throw Uploads.noUpload(question.uploadId());
          }
          var row = rows.iterator().next();
          return new Committed(
              Ids.hex(versionId),
              row.getLong("seq"),
              ObjectRows.info(row),
              ObjectRows.publicId(row));
        });
  }

  private static Map<Integer, Kept> kept(RowSet<Row> rows) {
    var kept = new HashMap<Integer, Kept>();
    for (var row : rows) {
      var part =
          new Kept(
              row.getInteger("number"),
              row.getUUID("part_id"),
              row.getLong("size_bytes"),
              row.getString("etag"),
              row.getInteger("segments"));
      kept.put(part.number(), part);
    }
    return kept;
  }

  private Future<Committed> create(SqlConnection tx, Draft draft, String etag) {
    var question = draft.question();
    var refusal = CompleteRules.refusal(question.parts(), draft.kept());
    if (refusal != null) {
      throw refusal;
    }
    var key = new ObjectRows.BucketKey(question.bucket(), question.key());
    var heads = Db.run(tx, ObjectRows.LOCK_HEADS, ObjectRows.headsToLock(Stream.of(key)));
    var pastNulls = ObjectRows.pastNulls(tx, Stream.of(key));
    return Future.all(heads, pastNulls)
        .compose(_ -> {
          var head = head(heads.result());
          if (!CommitDecision.holds(question.condition(), head == null ? null : head.etag())) {
            throw Failure.of(
                FailureCode.PRECONDITION_FAILED,
                "the condition on " + question.key() + " is not met");
          }
          var succession = draft.bucket().versioning().succeed(head, pastNulls.result().get(key));
          return write(tx, draft, head != null, succession, birth(draft, succession, etag));
        });
  }

  private static @Nullable Head head(RowSet<Row> rows) {
    for (var row : rows) {
      return ObjectRows.head(row);
    }
    return null;
  }

  private ObjectInfo info(Draft draft, String etag) {
    var info = Uploads.upload(draft.upload()).info();
    long size = draft.parts().stream().mapToLong(Kept::sizeBytes).sum();
    return ObjectRows.kept(
        new ObjectInfo(
            size,
            etag,
            info.contentType(),
            info.headers(),
            info.metadata(),
            world.clock().instant()));
  }

  private Tick.Birth birth(Draft draft, Versioning.Succession succession, String etag) {
    var parts = draft.parts();
    return new Tick.Birth(
        parts.getFirst().partId(),
        draft.bucket().id(),
        draft.question().key(),
        info(draft, etag),
        parts.stream().mapToInt(Kept::segments).sum(),
        parts.stream().map(Kept::sizeBytes).toList(),
        false,
        succession.nullVersion());
  }

  private static Future<Committed> write(
      SqlConnection tx,
      Draft draft,
      boolean replaces,
      Versioning.Succession succession,
      Tick.Birth birth) {
    var parts = draft.parts();
    var versionId = birth.versionId();
    var adoption = adoption(parts);
    var past = succession.past() == null ? List.<UUID>of() : List.of(succession.past());
    return setHead(tx, replaces, birth)
        .compose(_ -> ObjectRows.supersede(tx, past))
        .compose(_ -> Db.run(tx, ADOPT, adoption.values(versionId)))
        .compose(_ -> Uploads.removeParts(tx, draft.uploadId()))
        .compose(ids -> {
          var dead = new ArrayList<>(ids);
          parts.forEach(part -> dead.remove(part.partId()));
          dead.addAll(succession.dead());
          return Deaths.bury(tx, dead);
        })
        .compose(_ ->
            Db.run(
                tx,
                "UPDATE upload SET state = 'completed', version_id = $2, named = $3"
                    + " WHERE upload_id = $1",
                draft.uploadId(),
                versionId,
                CompleteRules.named(draft.question().parts())))
        .compose(_ -> tick(draft, succession, birth).take(tx))
        .onSuccess(_ -> CrashPoint.COMPLETE_OPEN.pass())
        .map(base ->
            new Committed(
                Ids.hex(versionId),
                base + 1,
                birth.info(),
                draft.bucket().versioning().publicId(versionId, succession.nullVersion())));
  }

  private static Grid adoption(List<Kept> parts) {
    var grid = new Grid(Grid.Type.ID, Grid.Type.INT, Grid.Type.LONG);
    int ordinal = 0;
    long offset = 0;
    for (var part : parts) {
      grid.add(part.partId(), ordinal, offset);
      ordinal += part.segments();
      offset += part.sizeBytes();
    }
    return grid;
  }

  private static Future<Void> setHead(SqlConnection tx, boolean replaces, Tick.Birth birth) {
    var grid = ObjectRows.headGrid();
    ObjectRows.addHead(grid, birth);
    if (replaces) {
      return Db.run(tx, ObjectRows.REPLACE_HEADS, grid.values()).mapEmpty();
    }
    return Db.run(tx, ObjectRows.CREATE_HEADS, grid.values())
        .map(rows -> {
          if (rows.size() == 0) {
            throw new Collision();
          }
          return null;
        });
  }

  private static Tick tick(Draft draft, Versioning.Succession succession, Tick.Birth birth) {
    var question = draft.question();
    var tick = new Tick();
    tick.change(
        "upload-completed",
        new Completed(
            question.bucket(),
            question.key(),
            question.uploadId(),
            Ids.hex(birth.versionId()),
            birth.info(),
            draft.parts().stream()
                .map(part -> new Completed.PartOf(part.number(), Ids.hex(part.partId())))
                .toList(),
            succession.nullVersion(),
            succession.dead().stream().map(Ids::hex).toList()));
    tick.birth(birth);
    succession.dead().forEach(tick::death);
    return tick;
  }
}
