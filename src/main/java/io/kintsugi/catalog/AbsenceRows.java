package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogAbsenceContract.Absence;
import io.kintsugi.contract.CatalogAbsenceContract.Absences;
import io.kintsugi.contract.CatalogAbsenceContract.DeclareLost;
import io.kintsugi.contract.CatalogAbsenceContract.FindNeeded;
import io.kintsugi.contract.CatalogAbsenceContract.ListAbsences;
import io.kintsugi.contract.CatalogAbsenceContract.Needed;
import io.kintsugi.contract.CatalogAbsenceContract.NoteAbsences;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;

/// Which origins are away. What was seen is no change, for it can be seen again; what an operator
/// declared is one.
final class AbsenceRows {
  /// A copy that can be counted on, of a location `l` and its origin `o`.
  static final String VALID =
      "(l.state = 'landed' AND o.state = 'ready' AND o.incarnation = l.origin_incarnation)";

  private static final String LIST =
      "SELECT origin_id, since, declared, absent FROM origin_absence ORDER BY origin_id";

  private static final String AWAY =
      """
      INSERT INTO origin_absence (origin_id, since, absent)
      SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bool[]) AS u(o, s, a) ORDER BY o
      ON CONFLICT (origin_id) DO UPDATE SET absent = excluded.absent
      """;

  private static final String LOST =
      """
      INSERT INTO origin_absence (origin_id, since, declared) VALUES ($1, $2, $3)
      ON CONFLICT (origin_id) DO UPDATE SET declared = $3
      """;

  /// Of each origin the first such shard ends the search.
  private static final String NEEDED =
      """
      SELECT u.id FROM unnest($1::text[]) AS u(id)
       WHERE EXISTS (
         SELECT FROM location l JOIN origin o USING (origin_id) JOIN segment s USING (write_id)
          WHERE l.origin_id = u.id AND s.live AND\
      """
          + " "
          + VALID
          + """

                AND NOT EXISTS (
                  SELECT FROM location x JOIN origin q ON q.origin_id = x.origin_id
                   WHERE x.write_id = l.write_id AND x.shard_index = l.shard_index
                     AND x.attempt_id <> l.attempt_id AND x.state = 'landed' AND q.state = 'ready'
                     AND q.incarnation = x.origin_incarnation AND NOT x.origin_id = ANY($1)))
           ORDER BY 1
          """;

  private final Db db;

  AbsenceRows(Db db) {
    this.db = db;
  }

  Future<Absences> list(ListAbsences question) {
    return db.query(LIST).map(AbsenceRows::read);
  }

  Future<Absences> note(NoteAbsences question) {
    var grid = new Grid(Grid.Type.TEXT, Grid.Type.TIME, Grid.Type.BOOL);
    for (var absence : question.away()) {
      grid.add(absence.originId(), Replay.time(absence.since()), absence.absent());
    }
    var back = question.back();
    return db.tx(tx ->
        Db.run(tx, AWAY, grid.values())
            .compose(_ ->
                Db.run(
                    tx,
                    "DELETE FROM origin_absence WHERE origin_id = ANY($1::text[])"
                        + " RETURNING origin_id, declared",
                    (Object) back.toArray(String[]::new)))
            .compose(gone -> noteFound(tx, gone)));
  }

  /// With the absence goes what was declared of it, and that is a change.
  private static Future<Absences> noteFound(SqlConnection tx, RowSet<Row> gone) {
    var tick = new Tick();
    for (var row : gone) {
      if (row.getBoolean(1)) {
        tick.change("origin-found", new ListedOrigin(row.getString(0)));
      }
    }
    return Db.run(tx, LIST)
        .map(AbsenceRows::read)
        .compose(now -> tick.isEmpty() ? Future.succeededFuture(now) : tick.take(tx).map(now));
  }

  /// The body of a change that speaks of one origin.
  record ListedOrigin(String originId) {}

  Future<Absences> declare(DeclareLost question) {
    Ids.requireText("origin", question.originId());
    return db.tx(tx ->
        declare(tx, question)
            .compose(_ -> Db.run(tx, LIST))
            .map(AbsenceRows::read)
            .compose(now -> {
              var tick = new Tick();
              tick.change("origin-declared", question);
              return tick.take(tx).map(now);
            }));
  }

  static Future<?> declare(SqlClient client, DeclareLost declared) {
    return Db.run(client, LOST, declared.originId(), Replay.time(declared.at()), declared.lost());
  }

  static Future<?> found(SqlClient client, ListedOrigin origin) {
    return Db.run(client, "DELETE FROM origin_absence WHERE origin_id = $1", origin.originId());
  }

  Future<Needed> needed(FindNeeded question) {
    if (question.originIds().isEmpty()) {
      return Future.succeededFuture(new Needed(List.of()));
    }
    return db.query(NEEDED, (Object) question.originIds().toArray(String[]::new))
        .map(rows -> {
          var ids = new ArrayList<String>();
          rows.forEach(row -> ids.add(row.getString(0)));
          return new Needed(ids);
        });
  }

  private static Absences read(RowSet<Row> rows) {
    var absences = new ArrayList<Absence>();
    rows.forEach(row ->
        absences.add(
            new Absence(
                row.getString(0),
                row.getOffsetDateTime(1).toInstant(),
                row.getBoolean(2),
                row.getBoolean(3))));
    return new Absences(absences);
  }
}
