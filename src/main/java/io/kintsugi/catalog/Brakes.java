package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogCollectContract.GetLitter;
import io.kintsugi.contract.CatalogCollectContract.ListVerdicts;
import io.kintsugi.contract.CatalogCollectContract.Litter;
import io.kintsugi.contract.CatalogCollectContract.NoteVerdicts;
import io.kintsugi.contract.CatalogCollectContract.OriginLitter;
import io.kintsugi.contract.CatalogCollectContract.SetBrake;
import io.kintsugi.contract.CatalogCollectContract.Verdict;
import io.kintsugi.contract.CatalogCollectContract.Verdicts;
import io.kintsugi.contract.Done;
import io.vertx.core.Future;
import java.util.ArrayList;

/// What is known of each origin that bears on whether anything may be taken away there.
final class Brakes {
  /// More than anybody weighs, as long as a verdict is of one shard at least.
  private static final int VERDICTS_KEPT = 1000;

  /// Old verdicts are dropped once in so many.
  private static final int SWEEP_EVERY = 256;

  private static final String NOTE =
      """
      INSERT INTO origin_verdict (origin_id, verified, bad)
      SELECT * FROM unnest($1::text[], $2::int[], $3::int[]) RETURNING number
      """;

  private static final String SWEEP =
      """
      DELETE FROM origin_verdict v USING (
        SELECT number, row_number() OVER (PARTITION BY origin_id ORDER BY number DESC) AS place
          FROM origin_verdict) x
       WHERE v.number = x.number AND x.place > $1
      """;

  private static final String BRAKE =
      "SELECT reason, verdict, (SELECT count(*) FROM (SELECT FROM location l"
          + " WHERE l.origin_id = $1 LIMIT 1000) n) FROM origin_brake WHERE origin_id = $1";

  private static final String LITTER =
      """
      WITH dead AS (
        SELECT origin_id, count(*) AS names, coalesce(sum(length), 0)::bigint AS bytes
          FROM remnant GROUP BY origin_id
      ), seen AS (
        SELECT origin_id, count(*) FILTER (WHERE state = 'seen') AS seen,
               count(*) FILTER (WHERE state <> 'quarantined'
                 AND first_seen <= now() - $1 * interval '1 ms') AS orphans,
               count(*) FILTER (WHERE state = 'quarantined') AS held,
               coalesce(sum(size_bytes) FILTER (WHERE state = 'quarantined'), 0)::bigint
                 AS held_bytes
          FROM unreferenced GROUP BY origin_id
      )
      SELECT o.origin_id, coalesce(d.names, 0), coalesce(d.bytes, 0), coalesce(s.seen, 0),
             coalesce(s.orphans, 0), coalesce(s.held, 0), coalesce(s.held_bytes, 0),
             coalesce(c.names, 0), coalesce(c.bytes, 0),
             CASE WHEN s.orphans + s.held > $2
                  THEN (SELECT count(*) FROM location l WHERE l.origin_id = o.origin_id)
                  ELSE 0 END,
             b.reason
        FROM origin o LEFT JOIN dead d USING (origin_id) LEFT JOIN seen s USING (origin_id)
        LEFT JOIN collected c USING (origin_id) LEFT JOIN origin_brake b USING (origin_id)
       WHERE o.state <> 'removed' ORDER BY o.origin_id
      """;

  /// Only with so many orphans does anybody ask how many names there are.
  private static final long MANY_ORPHANS = 1000;

  private final Db db;
  private final long graceMillis;

  Brakes(Db db, long graceMillis) {
    this.db = db;
    this.graceMillis = graceMillis;
  }

  Future<Done> note(NoteVerdicts question) {
    var grid = new Grid(Grid.Type.TEXT, Grid.Type.INT, Grid.Type.INT);
    for (var verdict : question.verdicts()) {
      if (verdict.verified() > 0) {
        grid.add(verdict.originId(), verdict.verified(), verdict.bad());
      }
    }
    if (grid.isEmpty()) {
      return Future.succeededFuture(new Done());
    }
    return db.query(NOTE, grid.values())
        .compose(rows -> {
          boolean sweep = false;
          for (var row : rows) {
            sweep |= row.getLong(0) % SWEEP_EVERY == 0;
          }
          return sweep ? db.query(SWEEP, VERDICTS_KEPT) : Future.succeededFuture();
        })
        .map(_ -> new Done());
  }

  Future<Verdicts> list(ListVerdicts question) {
    var brake = db.query(BRAKE, question.originId());
    var rows =
        db.query(
            "SELECT verified, bad, number FROM origin_verdict WHERE origin_id = $1"
                + " ORDER BY number DESC LIMIT $2",
            question.originId(),
            VERDICTS_KEPT);
    return Future.all(brake, rows)
        .map(_ -> {
          var held = brake.result().iterator();
          var braked = held.hasNext() ? held.next() : null;
          var verdicts = new ArrayList<Verdict>();
          int since = 0;
          for (var row : rows.result()) {
            verdicts.add(new Verdict(question.originId(), row.getInteger(0), row.getInteger(1)));
            since += braked != null && row.getLong(2) > braked.getLong(1) ? 1 : 0;
          }
          return braked == null
              ? new Verdicts(verdicts, null, 0, 0)
              : new Verdicts(verdicts, braked.getString(0), since, braked.getLong(2));
        });
  }

  Future<Done> set(SetBrake question) {
    var origin = question.originId();
    var reason = question.reason();
    return db.tx(tx ->
            reason == null
                ? Db.run(tx, "DELETE FROM origin_brake WHERE origin_id = $1", origin)
                    .compose(
                        _ -> Db.run(tx, "DELETE FROM origin_verdict WHERE origin_id = $1", origin))
                : Db.run(
                    tx,
                    "INSERT INTO origin_brake (origin_id, reason, verdict) VALUES ($1, $2,"
                        + " (SELECT coalesce(max(number), 0) FROM origin_verdict"
                        + " WHERE origin_id = $1)) ON CONFLICT DO NOTHING",
                    origin,
                    reason))
        .map(_ -> new Done());
  }

  Future<Litter> litter(GetLitter question) {
    var dead = db.query("SELECT count(*) FROM segment WHERE NOT live AND NOT retired");
    var rows = db.query(LITTER, (double) graceMillis, MANY_ORPHANS);
    return Future.all(dead, rows)
        .map(_ -> {
          var origins = new ArrayList<OriginLitter>();
          for (var row : rows.result()) {
            origins.add(
                new OriginLitter(
                    row.getString(0),
                    row.getLong(1),
                    row.getLong(2),
                    row.getLong(3),
                    row.getLong(4),
                    row.getLong(5),
                    row.getLong(6),
                    row.getLong(7),
                    row.getLong(8),
                    row.getLong(9),
                    row.getString(10)));
          }
          return new Litter(origins, dead.result().iterator().next().getLong(0), graceMillis);
        });
  }
}
