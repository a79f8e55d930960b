package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.NoteUnreferenced;
import io.kintsugi.format.Names;
import io.kintsugi.format.Names.ShardName;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// Names that lie on an origin and stand in no row. One becomes an orphan only when nothing can
/// come to point to it any more, and the grace since it was first seen has passed, on PostgreSQL's
/// clock.
final class Orphans {
  private static final int NAMES_MAX = 10_000;

  /// `$1` origin; of the names `$2`, those that a row bears out, dead segments included. A row that
  /// names a pack speaks of no file.
  private static final String REFERENCED =
      """
      SELECT u.name
        FROM unnest($2::text[], $3::uuid[], $4::int[], $5::uuid[])
             AS u(name, write_id, shard_index, attempt_id)
        JOIN location l ON l.write_id = u.write_id AND l.shard_index = u.shard_index
                       AND l.attempt_id = u.attempt_id AND l.origin_id = $1
                       AND l.container IS NULL
      UNION
      SELECT u.name
        FROM unnest($2::text[], $3::uuid[], $4::int[], $5::uuid[])
             AS u(name, write_id, shard_index, attempt_id)
        JOIN remnant d ON d.write_id = u.write_id AND d.shard_index = u.shard_index
                      AND d.attempt_id = u.attempt_id AND d.origin_id = $1
                      AND d.container IS NULL
      """;

  private static final String FORGET =
      "DELETE FROM unreferenced WHERE origin_id = $1 AND name = ANY($2::text[])"
          + " AND state = 'seen'";

  private static final String REMEMBER =
      "INSERT INTO unreferenced (origin_id, name)"
          + " SELECT $1, name FROM unnest($2::text[]) AS u(name) ORDER BY 2 ON CONFLICT DO NOTHING";

  /// `$3`, `$4`: session and counter of the attempt that wrote the name.
  private static final String ORPHANS =
      """
      SELECT u.name
        FROM unnest($2::text[], $3::text[], $4::bigint[]) AS u(name, session_id, counter)
        JOIN unreferenced r ON r.origin_id = $1 AND r.name = u.name
        JOIN write_session w ON w.session_id = u.session_id
       WHERE (w.closed IS NOT NULL OR (u.counter >= 0 AND u.counter < w.low_water))
         AND r.first_seen <= now() - $5 * interval '1 ms'
       ORDER BY 1
      """;

  private final Db db;
  private final long graceMillis;

  Orphans(Db db, long graceMillis) {
    this.db = db;
    this.graceMillis = graceMillis;
  }

  /// Sessions that expired are closed first: from then on nothing of theirs can be committed, and
  /// only then is the look at the rows the last word.
  Future<CatalogScanContract.Orphans> note(NoteUnreferenced question) {
    if (question.names().size() > NAMES_MAX) {
      throw Ids.invalid("at most " + NAMES_MAX + " names at once");
    }
    question.names().forEach(name -> Ids.requireText("name", name));
    Extents.leaf(question.leaf());
    return db.tx(tx ->
        Sessions.closeExpired(tx)
            .compose(closed ->
                Db.run(tx, REFERENCED, known(question).values(question.originId()))
                    .compose(rows -> noteRest(tx, question, rows))
                    .compose(orphans -> Sessions.noteClosed(tx, List.of(closed)).map(orphans))));
  }

  private static Grid known(NoteUnreferenced question) {
    var grid = new Grid(Grid.Type.TEXT, Grid.Type.ID, Grid.Type.INT, Grid.Type.ID);
    for (var name : question.names()) {
      parse(name)
          .ifPresent(shard ->
              grid.add(
                  name,
                  Ids.uuid(shard.writeId().toString()),
                  shard.index(),
                  Ids.uuid(shard.attemptId().toString())));
    }
    return grid;
  }

  private Future<CatalogScanContract.Orphans> noteRest(
      SqlConnection tx, NoteUnreferenced question, RowSet<Row> referenced) {
    var forgotten = new HashSet<String>();
    referenced.forEach(row -> forgotten.add(row.getString(0)));
    var rest = question.names().stream().filter(n -> !forgotten.contains(n)).distinct().toList();
    var origin = question.originId();
    return Db.run(tx, FORGET, origin, forgotten.toArray(String[]::new))
        .compose(_ -> Db.run(tx, REMEMBER, origin, rest.toArray(String[]::new)))
        .compose(_ -> orphans(tx, origin, rest));
  }

  private Future<CatalogScanContract.Orphans> orphans(
      SqlConnection tx, String origin, List<String> names) {
    var shards = new ArrayList<String>();
    var sessions = new ArrayList<String>();
    var counters = new ArrayList<Long>();
    for (var name : names) {
      parse(name)
          .ifPresent(shard -> {
            shards.add(name);
            sessions.add(shard.attemptId().toString().substring(0, 16));
            counters.add(shard.attemptId().counter());
          });
    }
    return Db.run(
            tx,
            ORPHANS,
            origin,
            shards.toArray(String[]::new),
            sessions.toArray(String[]::new),
            counters.toArray(Long[]::new),
            (double) graceMillis)
        .map(rows -> {
          var orphans = new ArrayList<String>();
          rows.forEach(row -> orphans.add(row.getString(0)));
          return new CatalogScanContract.Orphans(orphans);
        });
  }

  /// Takes a path within the origin, or a name within its leaf.
  private static Optional<ShardName> parse(String name) {
    return name.indexOf('/') < 0 ? Names.parseFileName(name) : Names.parse(name);
  }
}
