package io.kintsugi.catalog;

import static java.util.Objects.requireNonNull;

import io.kintsugi.contract.CatalogPackContract.FindShards;
import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.ListExtents;
import io.kintsugi.contract.CatalogScanContract.ListShards;
import io.kintsugi.contract.CatalogScanContract.NoteVerified;
import io.kintsugi.contract.CatalogScanContract.SegmentRow;
import io.kintsugi.contract.CatalogScanContract.ShardRows;
import io.kintsugi.contract.Done;
import io.kintsugi.format.Names;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Set;
import java.util.UUID;

/// What a scanner compares with the origins: the leaves, and the live segments of one that have a
/// file there, or should.
final class Extents {
  private static final int PAGE_MAX = 10_000;
  private static final Set<String> DEPTHS = Set.of("quick", "normal", "deep");
  private static final UUID BEFORE_ALL = new UUID(0, 0);

  /// From leaf to leaf by the index, not over every segment.
  private static final String LEAVES =
      """
      WITH RECURSIVE walk AS (
        (SELECT leaf FROM segment WHERE live AND NOT packed ORDER BY leaf LIMIT 1)
        UNION ALL
        SELECT (SELECT s.leaf FROM segment s
                 WHERE s.live AND NOT s.packed AND s.leaf > walk.leaf ORDER BY s.leaf LIMIT 1)
          FROM walk WHERE walk.leaf IS NOT NULL
      )
      SELECT leaf FROM walk WHERE leaf IS NOT NULL ORDER BY leaf
      """;

  private static final String TOTALS =
      "SELECT (SELECT count(*) FROM object WHERE NOT marker)"
          + " + (SELECT count(*) FROM version WHERE past AND NOT marker),"
          + " coalesce(sum(shard_bytes * (k + m)), 0)::bigint FROM segment WHERE live";

  private static final String OWNED =
      "SELECT b.name AS bucket, b.class, coalesce(v.key, u.key) AS key, v.version_id,"
          + " coalesce(v.segments, p.segments) AS segments, s.created, "
          + SegmentRows.COLUMNS;

  private static final String AND_PLACES =
      HealReports.OWNERS
          + " JOIN location l ON l.write_id = s.write_id ORDER BY s.write_id, l.shard_index";

  private static final String SHARDS =
      OWNED
          + " FROM (SELECT * FROM segment WHERE live AND NOT packed AND leaf = $1 AND write_id > $2"
          + " ORDER BY leaf, write_id LIMIT $3) s"
          + AND_PLACES;

  private static final String SHARDS_BY_ID =
      OWNED
          + " FROM (SELECT * FROM segment WHERE live AND write_id = ANY($1::uuid[])) s"
          + AND_PLACES;

  private final Db db;

  Extents(Db db) {
    this.db = db;
  }

  Future<CatalogScanContract.Extents> list(ListExtents question) {
    var leaves = db.query(LEAVES);
    var totals = db.query(TOTALS);
    return Future.all(leaves, totals)
        .map(_ -> {
          var names = new ArrayList<String>();
          leaves.result().forEach(row -> names.add(Names.leaf(row.getInteger(0))));
          var row = totals.result().iterator().next();
          return new CatalogScanContract.Extents(names, row.getLong(0), row.getLong(1));
        });
  }

  Future<ShardRows> shards(ListShards question) {
    if (question.max() < 1 || question.max() > PAGE_MAX) {
      throw Ids.invalid("max must be 1 to " + PAGE_MAX);
    }
    var after = question.afterWriteId() == null ? BEFORE_ALL : Ids.uuid(question.afterWriteId());
    int leaf = leaf(question.leaf());
    return db.tx(tx -> Db.run(tx, SHARDS, leaf, after, question.max() + 1L))
        .map(rows -> page(rows, question.max()));
  }

  Future<ShardRows> find(FindShards question) {
    if (question.writeIds().size() > PAGE_MAX) {
      throw Ids.invalid("at most " + PAGE_MAX + " segments at once");
    }
    var ids = question.writeIds().stream().map(Ids::uuid).toArray(UUID[]::new);
    return db.tx(tx -> Db.run(tx, SHARDS_BY_ID, (Object) ids)).map(rows -> page(rows, PAGE_MAX));
  }

  private static ShardRows page(RowSet<Row> rows, int max) {
    var segments = SegmentRows.read(rows);
    var owners = new LinkedHashMap<UUID, Row>();
    rows.forEach(row -> owners.putIfAbsent(row.getUUID("write_id"), row));
    var page = new ArrayList<SegmentRow>();
    for (var owner : owners.entrySet()) {
      if (page.size() == max) {
        return new ShardRows(page, page.getLast().segment().writeId());
      }
      var row = owner.getValue();
      var version = row.getUUID("version_id");
      page.add(
          new SegmentRow(
              row.getString("bucket"),
              row.getString("class"),
              row.getString("key"),
              version == null ? null : Ids.hex(version),
              row.getInteger("segments"),
              requireNonNull(segments.get(owner.getKey())),
              row.getOffsetDateTime("created").toInstant()));
    }
    return new ShardRows(page, null);
  }

  Future<Done> noteVerified(NoteVerified question) {
    requireDepth(question.depth());
    return db.query(
            "INSERT INTO coverage (leaf, origin_id, depth, at) VALUES ($1, $2, $3, $4)"
                + " ON CONFLICT (leaf, origin_id, depth) DO UPDATE"
                + " SET at = greatest(coverage.at, excluded.at)",
            leaf(question.leaf()),
            question.originId(),
            question.depth(),
            question.at().atOffset(ZoneOffset.UTC))
        .map(_ -> new Done());
  }

  static void requireDepth(String depth) {
    if (!DEPTHS.contains(depth)) {
      throw Ids.invalid("a depth is quick, normal or deep");
    }
  }

  static int leaf(String name) {
    if (!Names.isLeaf(name)) {
      throw Ids.invalid("a leaf is three hex digits");
    }
    return Integer.parseInt(name, 16);
  }
}
