package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogAbsenceContract.OpenRebuilds;
import io.kintsugi.contract.CatalogAbsenceContract.OpenTrims;
import io.kintsugi.contract.CatalogAbsenceContract.RebuildsOpened;
import io.kintsugi.contract.CatalogAbsenceContract.TrimsOpened;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.Evidence;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Walks over all live segments, a page at a time, and opens rows for what follows from origins
/// that went away or came back.
final class Rebuilds {
  private static final int PAGE_MAX = 10_000;
  private static final UUID BEFORE_ALL = new UUID(0, 0);

  private static final String PAGE =
      """
      WITH page AS MATERIALIZED (
        SELECT write_id, m FROM segment WHERE live AND write_id > $1 ORDER BY write_id LIMIT $2
      )\
      """;

  /// `$3` absent origins; `$4` how many count; `$5` and `$6` origins that are here and their
  /// domains, `$7` whether they can be written. Free is a domain that holds nothing of the segment.
  private static final String LACKING =
      PAGE
          + """
          , copy AS MATERIALIZED (
            SELECT l.write_id, l.shard_index, l.attempt_id, l.origin_id, p.m,
                   l.origin_id = ANY($3::text[]) AS absent,
          """
          + "coalesce("
          + AbsenceRows.VALID
          + ", false) AS valid"
          + """

              FROM page p JOIN location l USING (write_id) LEFT JOIN origin o USING (origin_id)
          ), lacking AS (
            SELECT c.* FROM copy c
             WHERE c.valid AND c.absent
               AND NOT EXISTS (SELECT FROM copy x WHERE x.write_id = c.write_id
                                  AND x.shard_index = c.shard_index AND x.valid AND NOT x.absent)
          ), spot AS MATERIALIZED (
            SELECT * FROM unnest($5::text[], $6::text[], $7::bool[]) AS s(origin_id, domain, usable)
          ), free AS (
            SELECT k.write_id, count(DISTINCT s.domain) AS domains
              FROM (SELECT DISTINCT write_id FROM lacking) k JOIN spot s ON s.usable
             WHERE s.domain NOT IN (
               SELECT y.domain FROM copy x JOIN spot y USING (origin_id)
                WHERE x.write_id = k.write_id AND NOT x.absent)
             GROUP BY k.write_id
          )
          SELECT k.write_id, k.shard_index, k.attempt_id, k.origin_id, k.m < $4 AS held,
                 coalesce(f.domains, 0) > 0 AS spare
            FROM lacking k LEFT JOIN free f USING (write_id)
           ORDER BY k.write_id, k.shard_index
          """;

  private static final String LAST = PAGE + " SELECT max(write_id::text)::uuid, count(*) FROM page";

  private static final String TRIMS =
      PAGE
          + """
          , twice AS MATERIALIZED (
            SELECT p.write_id, p.m FROM page p JOIN location l USING (write_id)
             GROUP BY p.write_id, p.m HAVING count(*) > count(DISTINCT l.shard_index)
          ), opened AS (
            INSERT INTO heal_task (write_id, cause, priority, mode, redundancy)
            SELECT w.write_id, 'surplus', 0, 'Background', w.m
              FROM twice w JOIN segment s USING (write_id) WHERE s.live
             ORDER BY w.write_id
            ON CONFLICT (write_id) WHERE state = 'open' DO NOTHING
            RETURNING write_id
          )
          SELECT (SELECT count(*) FROM opened),
                 (SELECT count(*) FROM twice w
                   WHERE EXISTS (SELECT FROM heal_task t WHERE t.write_id = w.write_id
                                    AND t.state = 'open' AND t.cause <> 'surplus'))
          """;

  private final Db db;
  private final HealReports reports;

  Rebuilds(Db db, HealReports reports) {
    this.db = db;
    this.reports = reports;
  }

  Future<RebuildsOpened> open(OpenRebuilds question) {
    var after = after(question.after(), question.max());
    var spots = new Grid(Grid.Type.TEXT, Grid.Type.TEXT, Grid.Type.BOOL);
    question.spots().forEach(spot -> spots.add(spot.originId(), spot.domain(), spot.usable()));
    var absent = question.absent().toArray(String[]::new);
    var lacking = db.query(LACKING, spots.values(after, question.max(), absent, question.count()));
    var last = last(after, question.max());
    return Future.all(lacking, last)
        .compose(_ -> {
          var sum = sum(lacking.result());
          return reports
              .report(new ReportDamage(sum.damages, "absent", null, null))
              .map(reported ->
                  new RebuildsOpened(
                      reported.reported(),
                      sum.waiting.size(),
                      sum.held.size(),
                      last.result().next()));
        });
  }

  private static final class Sum {
    final ArrayList<Damage> damages = new ArrayList<>();
    final HashSet<UUID> waiting = new HashSet<>();
    final HashSet<UUID> held = new HashSet<>();
  }

  private static Sum sum(RowSet<Row> rows) {
    var sum = new Sum();
    for (var row : rows) {
      var writeId = row.getUUID("write_id");
      if (row.getBoolean("held")) {
        sum.held.add(writeId);
      } else if (!row.getBoolean("spare")) {
        sum.waiting.add(writeId);
      } else {
        sum.damages.add(
            new Damage(
                Ids.hex(writeId),
                row.getInteger("shard_index"),
                Ids.hex(row.getUUID("attempt_id")),
                row.getString("origin_id"),
                Evidence.ABSENT,
                false,
                "its origin is absent"));
      }
    }
    return sum;
  }

  Future<TrimsOpened> openTrims(OpenTrims question) {
    var after = after(question.after(), question.max());
    var opened = db.tx(tx -> Db.run(tx, TRIMS, after, question.max()));
    var last = last(after, question.max());
    return Future.all(opened, last)
        .map(_ -> {
          var row = opened.result().iterator().next();
          return new TrimsOpened(row.getLong(0), row.getLong(1), last.result().next());
        });
  }

  static UUID after(@Nullable String after, int max) {
    if (max < 1 || max > PAGE_MAX) {
      throw Ids.invalid("max must be 1 to " + PAGE_MAX);
    }
    return after == null ? BEFORE_ALL : Ids.uuid(after);
  }

  /// Where the next page begins.
  record Last(@Nullable String next) {}

  private Future<Last> last(UUID after, int max) {
    return db.query(LAST, after, max)
        .map(rows -> {
          var row = rows.iterator().next();
          return new Last(row.getLong(1) < max ? null : Ids.hex(row.getUUID(0)));
        });
  }
}
