package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.Bucket;
import io.kintsugi.contract.CatalogContract.ChangeBucket;
import io.kintsugi.contract.CatalogContract.CreateBucket;
import io.kintsugi.contract.CatalogContract.DeleteBucket;
import io.kintsugi.contract.CatalogContract.GetBucket;
import io.kintsugi.contract.CatalogContract.ListBuckets;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.Layout;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// The buckets and how their objects are kept.
final class Buckets {
  private static final String COLUMNS =
      "name, k, m, class, strategy, on_shortage, created, version, versioning, region";

  /// A bucket as the journal must know it.
  record Noted(
      String name,
      Layout layout,
      String bucketClass,
      String strategy,
      String onShortage,
      @Nullable String region,
      Instant created,
      long version,
      @Nullable String versioning) {}

  private final Db db;
  private final int originCount;
  private final String poolStrategy;

  /// @param poolStrategy that new buckets take, unless the pool was changed at run time
  Buckets(Db db, int originCount, String poolStrategy) {
    this.db = db;
    this.originCount = originCount;
    this.poolStrategy = poolStrategy;
  }

  Future<Bucket> create(CreateBucket question) {
    BucketRules.requireName(question.name());
    Ids.requireText("region", question.region());
    var layout = question.layout() == null ? BucketRules.layoutFor(originCount) : question.layout();
    var bucketClass = question.bucketClass() == null ? "standard" : question.bucketClass();
    BucketRules.requireClass(bucketClass);
    return db.tx(tx ->
        Trees.requireNone(tx, question.name())
            .compose(_ -> insert(tx, question, layout, bucketClass))
            .compose(rows -> noted(tx, created(rows, question.name()), "bucket-created"))
            .map(Buckets::bucket));
  }

  private Future<RowSet<Row>> insert(
      SqlConnection tx, CreateBucket question, Layout layout, String bucketClass) {
    return Db.run(
        tx,
        "INSERT INTO bucket (name, k, m, class, strategy, on_shortage, region)"
            + " VALUES ($1, $2, $3, $4, coalesce((SELECT json::jsonb ->> 'strategy'"
            + " FROM policy WHERE name = 'pool'), $6), 'degrade', $5)"
            + " ON CONFLICT (name) DO NOTHING RETURNING "
            + COLUMNS,
        question.name(),
        layout.k(),
        layout.m(),
        bucketClass,
        question.region(),
        poolStrategy);
  }

  Future<Bucket> get(GetBucket question) {
    return db.query("SELECT " + COLUMNS + " FROM bucket WHERE name = $1", sound(question.name()))
        .map(rows -> only(rows, question.name()));
  }

  Future<CatalogContract.Buckets> list(ListBuckets question) {
    return db.query("SELECT " + COLUMNS + " FROM bucket ORDER BY name")
        .map(rows -> {
          var buckets = new ArrayList<Bucket>();
          rows.forEach(row -> buckets.add(bucket(row)));
          return new CatalogContract.Buckets(buckets);
        });
  }

  Future<Bucket> change(ChangeBucket question) {
    BucketRules.requireChange(question);
    var layout = question.layout();
    // Another versioning waits for commits into the bucket: once it is answered, nothing that the
    // old one would have let die can die.
    var lock = question.versioning() == null ? "FOR NO KEY UPDATE" : "FOR UPDATE";
    return db.tx(tx ->
        Db.run(tx, "SELECT version FROM bucket WHERE name = $1 " + lock, sound(question.name()))
            .compose(rows -> {
              requireVersion(rows, question);
              return Db.run(
                  tx,
                  "UPDATE bucket SET k = coalesce($2, k), m = coalesce($3, m),"
                      + " class = coalesce($4, class), strategy = coalesce($5, strategy),"
                      + " on_shortage = coalesce($6, on_shortage),"
                      + " versioning = coalesce($7, versioning), version = version + 1"
                      + " WHERE name = $1 RETURNING "
                      + COLUMNS,
                  question.name(),
                  layout == null ? null : layout.k(),
                  layout == null ? null : layout.m(),
                  question.bucketClass(),
                  question.strategy(),
                  question.onShortage(),
                  question.versioning());
            })
            .compose(rows -> noted(tx, first(rows, question.name()), "bucket-changed"))
            .map(Buckets::bucket));
  }

  /// The lock waits for commits into the bucket, so that the look at what it holds is the last
  /// word.
  Future<Done> delete(DeleteBucket question) {
    return db.tx(tx ->
        Db.run(
                tx,
                "SELECT bucket_id FROM bucket WHERE name = $1 FOR UPDATE",
                sound(question.name()))
            .compose(rows -> {
              if (rows.size() == 0) {
                throw Ids.noBucket(question.name());
              }
              return deleteEmpty(tx, rows.iterator().next().getInteger(0), question);
            }));
  }

  private static Future<Done> deleteEmpty(SqlConnection tx, int bucketId, DeleteBucket question) {
    return Db.run(
            tx,
            "DELETE FROM bucket b WHERE b.bucket_id = $1"
                + " AND NOT EXISTS (SELECT FROM object o WHERE o.bucket_id = b.bucket_id)"
                + " AND NOT EXISTS (SELECT FROM upload u WHERE u.bucket_id = b.bucket_id"
                + " AND u.state = 'open')",
            bucketId)
        .compose(rows -> {
          if (rows.rowCount() == 0) {
            throw Ids.conflict(
                "bucket-not-empty",
                "bucket " + question.name() + " still holds objects or uploads");
          }
          var tick = new Tick();
          tick.change("bucket-deleted", question);
          return tick.take(tx).map(_ -> new Done());
        });
  }

  static Bucket bucket(Row row) {
    var layout = new Layout(row.getInteger("k"), row.getInteger("m"));
    return new Bucket(
        row.getString("name"),
        layout,
        row.getString("class"),
        row.getString("strategy"),
        row.getString("on_shortage"),
        BucketRules.warning(layout),
        row.getOffsetDateTime("created").toInstant(),
        row.getLong("version"),
        row.getString("versioning"));
  }

  private static Future<Row> noted(SqlConnection tx, Row row, String kind) {
    var bucket = bucket(row);
    var tick = new Tick();
    tick.change(
        kind,
        new Noted(
            bucket.name(),
            bucket.layout(),
            bucket.bucketClass(),
            bucket.strategy(),
            bucket.onShortage(),
            row.getString("region"),
            bucket.created(),
            bucket.version(),
            bucket.versioning()));
    return tick.take(tx).map(_ -> row);
  }

  private static Row created(RowSet<Row> rows, String name) {
    if (rows.size() == 0) {
      throw Ids.conflict("bucket", "bucket " + name + " exists already");
    }
    return rows.iterator().next();
  }

  private static Bucket only(RowSet<Row> rows, String name) {
    return bucket(first(rows, name));
  }

  private static Row first(RowSet<Row> rows, String name) {
    if (rows.size() == 0) {
      throw Ids.noBucket(name);
    }
    return rows.iterator().next();
  }

  private static void requireVersion(RowSet<Row> rows, ChangeBucket question) {
    if (rows.size() == 0) {
      throw Ids.noBucket(question.name());
    }
    @Nullable Long wanted = question.ifVersion();
    long version = rows.iterator().next().getLong(0);
    if (wanted != null && wanted != version) {
      throw Failure.of(
          FailureCode.PRECONDITION_FAILED,
          "bucket " + question.name() + " has version " + version + ", not " + wanted,
          "version",
          String.valueOf(version));
    }
  }

  /// A name that cannot be kept names nothing.
  private static String sound(String name) {
    if (!Ids.isSound(name)) {
      throw Ids.noBucket("of that name");
    }
    return name;
  }
}
