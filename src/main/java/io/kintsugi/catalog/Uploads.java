package io.kintsugi.catalog;

import io.kintsugi.contract.Done;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.UploadContract;
import io.kintsugi.contract.UploadContract.AbortUpload;
import io.kintsugi.contract.UploadContract.CommitPart;
import io.kintsugi.contract.UploadContract.CreateUpload;
import io.kintsugi.contract.UploadContract.FindUpload;
import io.kintsugi.contract.UploadContract.ListParts;
import io.kintsugi.contract.UploadContract.ListUploads;
import io.kintsugi.contract.UploadContract.Part;
import io.kintsugi.contract.UploadContract.Parts;
import io.kintsugi.contract.UploadContract.Upload;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/// Multipart uploads and their parts, until they are completed or aborted.
final class Uploads {
  static final String COLUMNS =
      "u.upload_id, u.key, u.content_type, u.headers, u.metadata, u.created, u.state,"
          + " u.version_id, u.named, b.bucket_id, b.name";

  /// One upload that its bucket and key name too; all parameters must match.
  static final String FIND =
      "SELECT "
          + COLUMNS
          + " FROM upload u JOIN bucket b USING (bucket_id)"
          + " WHERE u.upload_id = $1 AND b.name = $2 AND u.key = $3";

  private static final String PARTS =
      "SELECT number, size_bytes, etag, created FROM part"
          + " WHERE upload_id = $1 AND number > $2 ORDER BY number LIMIT $3";

  private static final String LIST =
      "SELECT "
          + COLUMNS
          + " FROM upload u JOIN bucket b USING (bucket_id)"
          + " WHERE b.name = $1 AND u.state = 'open' AND u.key >= $2 AND (u.key < $3 OR $3 = '')"
          + " AND (u.key > $4 OR (u.key = $4 AND u.upload_id > $5::uuid))"
          + " ORDER BY u.key, u.upload_id LIMIT $6";

  private static final int PAGE_MAX = 1000;
  private static final String LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";
  private static final String FIRST_ID = "00000000-0000-0000-0000-000000000000";

  private final Db db;
  private final World world;

  Uploads(Db db, World world) {
    this.db = db;
    this.world = world;
  }

  /// The id begins with the time, so that ids of one key sort by age.
  Future<Upload> create(CreateUpload question) {
    Ids.requireKey(question.key());
    CommitDecision.requireInfo(question.info());
    var info = question.info();
    var id =
        new UUID(
            world.clock().millis() << 16 | world.random().nextInt(0x10000),
            world.random().nextLong());
    return db.tx(tx ->
        ObjectRows.lockBuckets(tx, Stream.of(question.bucket()))
            .compose(buckets -> {
              var bucket = buckets.get(question.bucket());
              if (bucket == null) {
                throw Ids.noBucket(question.bucket());
              }
              return Db.run(
                  tx,
                  "INSERT INTO upload (upload_id, bucket_id, key, content_type, headers,"
                      + " metadata) VALUES ($1, $2, $3, $4, $5::text::jsonb,"
                      + " $6::text::jsonb) ON CONFLICT DO NOTHING",
                  id,
                  bucket.id(),
                  question.key(),
                  info.contentType(),
                  Tick.canonical(info.headers()),
                  Tick.canonical(info.metadata()));
            })
            .compose(_ -> Db.run(tx, FIND, id, question.bucket(), question.key()))
            .map(rows -> upload(rows.iterator().next()))
            .compose(upload -> noted(tx, "upload-created", upload)));
  }

  Future<Upload> find(FindUpload question) {
    var id = id(question.uploadId());
    return db.query(FIND, id, question.bucket(), question.key())
        .map(rows -> upload(open(rows, question.uploadId())));
  }

  Future<Parts> parts(ListParts question) {
    var id = id(question.uploadId());
    return db.query(FIND, id, question.bucket(), question.key())
        .map(rows -> upload(open(rows, question.uploadId())))
        .compose(upload ->
            db.query(PARTS, id, question.afterNumber(), bounded(question.max()) + 1)
                .map(rows -> parts(upload, rows, question.max())));
  }

  private static Parts parts(Upload upload, RowSet<Row> rows, int max) {
    var parts = new ArrayList<Part>();
    rows.forEach(row -> parts.add(part(row)));
    return new Parts(upload, parts.subList(0, Math.min(max, parts.size())), parts.size() > max);
  }

  Future<UploadContract.Uploads> list(ListUploads question) {
    Ids.requireText("prefix", question.prefix());
    var afterKey = question.afterKey() == null ? "" : question.afterKey();
    Ids.requireText("key marker", afterKey);
    var afterId = question.afterId() == null ? null : Ids.uuidOrNull(question.afterId());
    var behind = Ordering.behind(question.prefix());
    // A marker without an id is behind all uploads of its key.
    var from = question.afterKey() == null ? FIRST_ID : LAST_ID;
    return db.query("SELECT 1 FROM bucket WHERE name = $1", question.bucket())
        .compose(rows -> {
          if (rows.size() == 0) {
            throw Ids.noBucket(question.bucket());
          }
          return db.query(
              LIST,
              question.bucket(),
              question.prefix(),
              behind == null ? "" : behind,
              afterKey,
              afterId == null ? UUID.fromString(from) : afterId,
              bounded(question.max()) + 1);
        })
        .map(rows -> {
          var uploads = new ArrayList<Upload>();
          rows.forEach(row -> uploads.add(upload(row)));
          int size = Math.min(question.max(), uploads.size());
          return new UploadContract.Uploads(
              uploads.subList(0, size), uploads.size() > question.max());
        });
  }

  /// Sessions first, then the upload, then the part: the order in which everybody locks.
  Future<Part> commitPart(CommitPart question) {
    requirePart(question);
    var uploadId = id(question.uploadId());
    var partId = Ids.uuid(question.segments().getFirst().writeId());
    return db.<Part>tx(
            tx -> {
              var sessions =
                  Db.run(tx, Sessions.LOCK, (Object) new String[] {question.sessionId()});
              var uploads =
                  Db.run(tx, FIND + " FOR SHARE OF u", uploadId, question.bucket(), question.key());
              var known =
                  Db.run(tx, "SELECT s.created FROM segment s WHERE s.write_id = $1", partId);
              var condemned =
                  Condemned.among(
                      tx,
                      question.segments().stream()
                          .flatMap(segment -> segment.locations().stream()));
              return Future.all(sessions, uploads, known, condemned)
                  .compose(_ -> {
                    for (var row : known.result()) {
                      return Future.succeededFuture(
                          new Part(
                              question.number(),
                              question.sizeBytes(),
                              question.etag(),
                              row.getOffsetDateTime(0).toInstant()));
                    }
                    var upload = open(uploads.result(), question.uploadId());
                    requireSession(question, sessions.result());
                    if (!condemned.result().isEmpty()) {
                      throw Condemned.refusal();
                    }
                    return enter(tx, question, uploadId, partId, upload.getInteger("bucket_id"));
                  });
            })
        .onSuccess(_ -> CrashPoint.PART_MADE.pass());
  }

  private static void requireSession(CommitPart question, RowSet<Row> sessions) {
    Long lowWater = sessions.size() == 0 ? null : sessions.iterator().next().getLong(1);
    var failure = CommitDecision.session(question.sessionId(), question.segments(), lowWater);
    if (failure != null) {
      throw failure;
    }
  }

  private static void requirePart(CommitPart question) {
    if (question.number() < 1 || question.number() > CompleteRules.PARTS_MAX) {
      throw Ids.invalid("a part's number is 1 to " + CompleteRules.PARTS_MAX);
    }
    if (!CompleteRules.isMd5(question.etag())) {
      throw Ids.invalid("a part's etag is the MD5 of its bytes in 32 hex digits");
    }
    CommitDecision.requireSegments(question.sessionId(), question.segments(), question.sizeBytes());
  }

  private static Future<Part> enter(
      SqlConnection tx, CommitPart question, UUID uploadId, UUID partId, int bucketId) {
    var segments = new SegmentRows();
    segments.add(partId, question.segments());
    var missed = new MissedShards();
    missed.add(bucketId, question.segments());
    return replaced(tx, uploadId, question.number())
        .compose(old -> Deaths.bury(tx, old))
        .compose(_ -> save(tx, question, uploadId, partId))
        .compose(part ->
            Future.all(segments.insert(tx), missed.insert(tx))
                .compose(_ -> {
                  var tick = new Tick();
                  tick.change("part-committed", question);
                  tick.segmentsWritten();
                  return tick.take(tx);
                })
                .map(_ -> {
                  CrashPoint.PART_OPEN.pass();
                  return part;
                }));
  }

  private static Future<List<UUID>> replaced(SqlConnection tx, UUID uploadId, int number) {
    return Db.run(
            tx,
            "SELECT part_id FROM part WHERE upload_id = $1 AND number = $2 FOR UPDATE",
            uploadId,
            number)
        .map(rows -> {
          var ids = new ArrayList<UUID>();
          rows.forEach(row -> ids.add(row.getUUID(0)));
          return ids;
        });
  }

  /// Two who write the same new part at once: the second waits, and would replace what it did not
  /// bury, so it begins again.
  private static Future<Part> save(
      SqlConnection tx, CommitPart question, UUID uploadId, UUID partId) {
    return Db.run(
            tx,
            "DELETE FROM part WHERE upload_id = $1 AND number = $2",
            uploadId,
            question.number())
        .compose(_ ->
            Db.run(
                tx,
                "INSERT INTO part (upload_id, number, part_id, size_bytes, etag, segments)"
                    + " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
                    + " RETURNING number, size_bytes, etag, created",
                uploadId,
                question.number(),
                partId,
                question.sizeBytes(),
                question.etag(),
                question.segments().size()))
        .map(rows -> {
          if (rows.size() == 0) {
            throw new Collision();
          }
          return part(rows.iterator().next());
        });
  }

  Future<Done> abort(AbortUpload question) {
    var uploadId = id(question.uploadId());
    return db.tx(tx ->
        Db.run(tx, FIND + " FOR UPDATE OF u", uploadId, question.bucket(), question.key())
            .compose(rows -> {
              for (var row : rows) {
                if (row.getString("state").equals("aborted")) {
                  return Future.succeededFuture(new Done());
                }
              }
              open(rows, question.uploadId());
              return abandon(tx, uploadId, question);
            }));
  }

  private static Future<Done> abandon(SqlConnection tx, UUID uploadId, AbortUpload question) {
    return Db.run(tx, "UPDATE upload SET state = 'aborted' WHERE upload_id = $1", uploadId)
        .compose(_ -> removeParts(tx, uploadId))
        .compose(parts -> Deaths.bury(tx, parts))
        .compose(_ -> noted(tx, "upload-aborted", question))
        .map(_ -> new Done());
  }

  static Future<List<UUID>> removeParts(SqlConnection tx, UUID uploadId) {
    return Db.run(tx, "DELETE FROM part WHERE upload_id = $1 RETURNING part_id", uploadId)
        .map(rows -> {
          var ids = new ArrayList<UUID>();
          rows.forEach(row -> ids.add(row.getUUID(0)));
          return ids;
        });
  }

  private static <R extends Record> Future<R> noted(SqlConnection tx, String kind, R body) {
    var tick = new Tick();
    tick.change(kind, body);
    return tick.take(tx).map(_ -> body);
  }

  static UUID id(String uploadId) {
    var id = Ids.uuidOrNull(uploadId);
    if (id == null) {
      throw noUpload(uploadId);
    }
    return id;
  }

  static Failure noUpload(String uploadId) {
    return Ids.notFound("upload", "no open upload " + uploadId);
  }

  private static Row open(RowSet<Row> rows, String uploadId) {
    for (var row : rows) {
      if (row.getString("state").equals("open")) {
        return row;
      }
    }
    throw noUpload(uploadId);
  }

  private static int bounded(int max) {
    if (max < 0 || max > PAGE_MAX) {
      throw Ids.invalid("max must be 0 to " + PAGE_MAX);
    }
    return max;
  }

  static Upload upload(Row row) {
    var created = row.getOffsetDateTime("created").toInstant();
    var info =
        new ObjectInfo(
            0,
            "",
            row.getString("content_type"),
            ObjectRows.texts(row.getJsonObject("headers")),
            ObjectRows.texts(row.getJsonObject("metadata")),
            created);
    return new Upload(
        Ids.hex(row.getUUID("upload_id")),
        row.getString("name"),
        row.getString("key"),
        info,
        created);
  }

  private static Part part(Row row) {
    return new Part(
        row.getInteger("number"),
        row.getLong("size_bytes"),
        row.getString("etag"),
        row.getOffsetDateTime("created").toInstant());
  }
}
