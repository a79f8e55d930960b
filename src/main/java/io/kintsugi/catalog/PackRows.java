package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogPackContract.ListPacks;
import io.kintsugi.contract.CatalogPackContract.ListRecords;
import io.kintsugi.contract.CatalogPackContract.NotePacksVerified;
import io.kintsugi.contract.CatalogPackContract.PackNames;
import io.kintsugi.contract.CatalogPackContract.PackRef;
import io.kintsugi.contract.CatalogPackContract.PackSum;
import io.kintsugi.contract.CatalogPackContract.PackSums;
import io.kintsugi.contract.CatalogPackContract.RecordRow;
import io.kintsugi.contract.CatalogPackContract.RecordRows;
import io.kintsugi.contract.CatalogPackContract.Scope;
import io.kintsugi.contract.CatalogPackContract.SumPacks;
import io.kintsugi.contract.Done;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a scanner compares with packs: which there are, and what is expected in them.
final class PackRows {
  private static final int PAGE_MAX = 10_000;
  private static final int SUMS_MAX = 64;
  private static final HexFormat HEX = HexFormat.of();

  /// From pack to pack by the index, not over every shard. `$3` null: of all origins.
  private static final String NAMES =
      """
      WITH RECURSIVE walk AS (
        (SELECT origin_id, container FROM location
          WHERE container IS NOT NULL AND (origin_id, container) > ($1, $2)
            AND ($3::text IS NULL OR origin_id = $3)
          ORDER BY origin_id, container LIMIT 1)
        UNION ALL
        SELECT n.origin_id, n.container FROM walk CROSS JOIN LATERAL (
          SELECT origin_id, container FROM location
           WHERE container IS NOT NULL
             AND (origin_id, container) > (walk.origin_id, walk.container)
             AND ($3::text IS NULL OR origin_id = $3)
           ORDER BY origin_id, container LIMIT 1) n
      )
      SELECT origin_id, container FROM walk LIMIT $4
      """;

  private static final String OF_PACKS =
      " l.origin_id = $1 AND l.container = ANY($2::text[]) AND l.state = 'landed'";

  private static final String EXPECTED =
      "SELECT l.container, min(l.origin_incarnation) AS incarnation,"
          + " max(l.origin_incarnation) AS other, max(l.at_offset + l.length) AS end_bytes,"
          + " count(*) AS records";

  /// Only of the first shards it is asked whether their segments live, and whose they are: a pack
  /// that is long enough for what died in it is long enough. A part is no object before its upload
  /// is completed. Each step is taken once, whatever the planner thinks of tables it does not know.
  private static final String SUMS =
      "WITH expected AS MATERIALIZED ("
          + EXPECTED
          + " FROM location l WHERE"
          + OF_PACKS
          + """
           GROUP BY l.container
          ), pending AS MATERIALIZED (
            SELECT p.part_id FROM part p JOIN upload u USING (upload_id) WHERE u.state <> 'completed'
          ), first AS MATERIALIZED (
            SELECT l.container, count(*) FILTER (WHERE s.ordinal = 0 AND p.part_id IS NULL) AS objects,
                   sum(s.size_bytes)::bigint AS bytes
              FROM location l JOIN segment s USING (write_id)
              LEFT JOIN pending p ON p.part_id = s.owner_id
             WHERE l.shard_index = 0 AND s.live AND
          """
          + OF_PACKS
          + """
             GROUP BY l.container
          )
          SELECT e.container, incarnation, other, end_bytes, records, coalesce(objects, 0),
                 coalesce(bytes, 0)
            FROM expected e LEFT JOIN first USING (container)
          """;

  private static final String FIRST =
      "l.shard_index = 0 AND s.ordinal = 0 AND v.version_id IS NOT NULL";

  private static final String SUMS_IN_SCOPE =
      EXPECTED
          + ", count(*) FILTER (WHERE "
          + FIRST
          + "), coalesce(sum(s.size_bytes) FILTER (WHERE l.shard_index = 0), 0)::bigint"
          + " FROM location l JOIN segment s USING (write_id)"
          + HealReports.OWNERS
          + " WHERE s.live AND"
          + OF_PACKS
          + inScope(3)
          + " GROUP BY l.container";

  private static final String RECORDS =
      "SELECT l.write_id, l.shard_index, l.attempt_id, l.origin_incarnation, l.at_offset,"
          + " l.length, s.footer_sha256, ("
          + FIRST
          + ") AS first, CASE WHEN l.shard_index = 0 THEN s.size_bytes ELSE 0 END AS bytes"
          + " FROM location l JOIN segment s USING (write_id)";

  private static final String VERSION = " LEFT JOIN version v ON v.version_id = s.owner_id";

  private static final String OF_PACK =
      " WHERE l.origin_id = $1 AND l.container = $2 AND l.at_offset > $3 AND l.state = 'landed'"
          + " AND s.live";

  private final Db db;

  PackRows(Db db) {
    this.db = db;
  }

  Future<PackNames> list(ListPacks question) {
    requireMax(question.max());
    var after = question.after();
    return db.tx(tx ->
            Db.run(
                tx,
                NAMES,
                after == null ? "" : after.originId(),
                after == null ? "" : after.pack(),
                question.originId(),
                question.max() + 1L))
        .map(rows -> {
          var packs = new ArrayList<PackRef>();
          for (var row : rows) {
            if (packs.size() == question.max()) {
              return new PackNames(packs, packs.getLast());
            }
            packs.add(new PackRef(row.getString(0), row.getString(1)));
          }
          return new PackNames(packs, null);
        });
  }

  Future<PackSums> sum(SumPacks question) {
    if (question.packs().size() > SUMS_MAX) {
      throw Ids.invalid("at most " + SUMS_MAX + " packs at once");
    }
    var packs = question.packs().toArray(String[]::new);
    return isAll(question.scope())
        .compose(whole -> {
          return db.query(
                  whole ? SUMS : SUMS_IN_SCOPE,
                  with(whole, question.scope(), question.originId(), packs))
              .map(rows -> {
                var sums = new ArrayList<PackSum>();
                rows.forEach(row -> sums.add(sum(row)));
                return new PackSums(sums, whole);
              });
        });
  }

  private static PackSum sum(Row row) {
    var incarnation = row.getString(1);
    return new PackSum(
        row.getString(0),
        incarnation.equals(row.getString(2)) ? incarnation : null,
        row.getLong(3),
        row.getLong(4),
        row.getLong(5),
        row.getLong(6));
  }

  Future<RecordRows> records(ListRecords question) {
    requireMax(question.max());
    return isAll(question.scope())
        .compose(whole -> {
          var sql =
              RECORDS
                  + (whole ? VERSION : HealReports.OWNERS)
                  + OF_PACK
                  + (whole ? "" : inScope(5))
                  + " ORDER BY l.at_offset, l.write_id, l.shard_index LIMIT $4";
          var values =
              with(
                  whole,
                  question.scope(),
                  question.originId(),
                  question.pack(),
                  question.after(),
                  question.max() + 1L);
          return db.tx(tx -> Db.run(tx, sql, values)).map(rows -> page(rows, question, whole));
        });
  }

  private static RecordRows page(RowSet<Row> rows, ListRecords question, boolean whole) {
    var records = new ArrayList<RecordRow>();
    for (var row : rows) {
      if (records.size() == question.max()) {
        return new RecordRows(records, records.getLast().offset(), whole);
      }
      records.add(
          new RecordRow(
              Ids.hex(row.getUUID("write_id")),
              row.getInteger("shard_index"),
              Ids.hex(row.getUUID("attempt_id")),
              row.getString("origin_incarnation"),
              row.getLong("at_offset"),
              row.getLong("length"),
              HEX.formatHex(row.getBuffer("footer_sha256").getBytes()),
              row.getBoolean("first"),
              row.getLong("bytes")));
    }
    return new RecordRows(records, null, whole);
  }

  /// Whether nothing at all is out of scope: then nobody needs to be asked whose a shard is.
  private Future<Boolean> isAll(Scope scope) {
    if (!scope.buckets().isEmpty()) {
      return Future.succeededFuture(false);
    }
    return scope.system()
        ? Future.succeededFuture(true)
        : db.query("SELECT NOT EXISTS (SELECT FROM bucket WHERE starts_with(name, '.'))")
            .map(rows -> rows.iterator().next().getBoolean(0));
  }

  /// @param first number of the first of its two values
  private static String inScope(int first) {
    return " AND (cardinality($%1$d::text[]) = 0 OR b.name = ANY($%1$d))".formatted(first)
        + " AND ($%d OR NOT starts_with(b.name, '.'))".formatted(first + 1);
  }

  private static @Nullable Object[] with(boolean all, Scope scope, Object... values) {
    @Nullable Object[] more = Arrays.copyOf(values, all ? values.length : values.length + 2);
    if (!all) {
      more[values.length] = scope.buckets().toArray(String[]::new);
      more[values.length + 1] = scope.system();
    }
    return more;
  }

  Future<Done> noteVerified(NotePacksVerified question) {
    Extents.requireDepth(question.depth());
    if (question.packs().size() > PAGE_MAX) {
      throw Ids.invalid("at most " + PAGE_MAX + " packs at once");
    }
    List<String> packs = question.packs().stream().distinct().sorted().toList();
    return db.query(
            "INSERT INTO pack_coverage (origin_id, pack, depth, at)"
                + " SELECT $1, pack, $3, $4 FROM unnest($2::text[]) AS u(pack)"
                + " ON CONFLICT (origin_id, pack, depth) DO UPDATE"
                + " SET at = greatest(pack_coverage.at, excluded.at)",
            question.originId(),
            packs.toArray(String[]::new),
            question.depth(),
            question.at().atOffset(ZoneOffset.UTC))
        .map(_ -> new Done());
  }

  private static void requireMax(int max) {
    if (max < 1 || max > PAGE_MAX) {
      throw Ids.invalid("max must be 1 to " + PAGE_MAX);
    }
  }
}
