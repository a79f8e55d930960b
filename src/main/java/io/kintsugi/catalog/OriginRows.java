package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.Cluster;
import io.kintsugi.contract.CatalogOriginContract.GetCluster;
import io.kintsugi.contract.CatalogOriginContract.ListOriginRows;
import io.kintsugi.contract.CatalogOriginContract.OriginRow;
import io.kintsugi.contract.CatalogOriginContract.SaveOriginRow;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The origins, and the cluster they belong to.
final class OriginRows {
  private static final Set<String> STATES = Set.of("new", "ready", "removed");
  private static final String COLUMNS = "origin_id, kind, path, state, incarnation, created";

  private final Db db;
  private final World world;
  private final Guard guard;

  OriginRows(Db db, World world, Guard guard) {
    this.db = db;
    this.world = world;
    this.guard = guard;
  }

  /// Gives the database its cluster id, if nobody has.
  Future<Void> found() {
    var hex = HexFormat.of();
    var id =
        hex.toHexDigits(world.random().nextLong()) + hex.toHexDigits(world.random().nextLong());
    return db.query("INSERT INTO cluster (cluster_id) VALUES ($1) ON CONFLICT DO NOTHING", id)
        .mapEmpty();
  }

  Future<Cluster> cluster(GetCluster question) {
    return db.query("SELECT cluster_id, created, NOT written FROM cluster, clock")
        .map(rows -> {
          var row = rows.iterator().next();
          return new Cluster(
              row.getString(0),
              row.getOffsetDateTime(1).toInstant(),
              row.getBoolean(2),
              guard.state().isFree() ? null : guard.state().code());
        });
  }

  Future<CatalogOriginContract.OriginRows> list(ListOriginRows question) {
    return db.query(
            "SELECT "
                + COLUMNS
                + ", reason FROM origin LEFT JOIN origin_brake USING (origin_id)"
                + " ORDER BY origin_id")
        .map(rows -> {
          var origins = new ArrayList<OriginRow>();
          rows.forEach(row -> origins.add(origin(row, row.getString("reason"))));
          return new CatalogOriginContract.OriginRows(origins);
        });
  }

  Future<OriginRow> save(SaveOriginRow question) {
    if (!STATES.contains(question.state())) {
      throw Ids.invalid("an origin's state is new, ready or removed");
    }
    return db.tx(tx ->
        Db.run(
                tx,
                "SELECT " + COLUMNS + " FROM origin WHERE origin_id = $1 FOR UPDATE",
                question.originId())
            .compose(rows -> {
              var now = rows.size() == 0 ? null : origin(rows.iterator().next());
              return switch (Step.of(now, question)) {
                case DONE -> Future.succeededFuture(now);
                case WRITE -> write(tx, question);
                case REFUSE ->
                    throw Ids.conflict(
                        "origin", "origin " + question.originId() + " has changed meanwhile");
              };
            }));
  }

  /// What saving a row comes to.
  enum Step {
    DONE,
    WRITE,
    REFUSE;

    static Step of(@Nullable OriginRow now, SaveOriginRow question) {
      if (now == null) {
        return question.replaces() == null ? WRITE : REFUSE;
      }
      boolean sameIncarnation = now.incarnation().equals(question.incarnation());
      if (sameIncarnation && now.state().equals(question.state())) {
        return DONE;
      }
      boolean back = sameIncarnation && question.state().equals("new");
      boolean removed = now.state().equals("removed");
      return !removed && !back && now.incarnation().equals(question.replaces()) ? WRITE : REFUSE;
    }
  }

  private static Future<OriginRow> write(SqlConnection tx, SaveOriginRow question) {
    return Db.run(
            tx,
            "INSERT INTO origin (origin_id, kind, path, state, incarnation)"
                + " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (origin_id) DO UPDATE"
                + " SET kind = $2, path = $3, state = $4, incarnation = $5"
                + " WHERE origin.incarnation = $6 RETURNING "
                + COLUMNS,
            question.originId(),
            question.kind(),
            question.path(),
            question.state(),
            question.incarnation(),
            question.replaces())
        .compose((RowSet<Row> rows) -> {
          if (rows.size() == 0) {
            throw new Collision();
          }
          var saved = origin(rows.iterator().next());
          var tick = new Tick();
          tick.change("origin-saved", saved);
          return release(tx, question).compose(_ -> tick.take(tx)).map(_ -> saved);
        });
  }

  /// What was found on the disk that was there before says nothing of a new one.
  private static Future<?> release(SqlConnection tx, SaveOriginRow question) {
    return question.incarnation().equals(question.replaces())
        ? Future.succeededFuture()
        : Future.all(
            Db.run(tx, "DELETE FROM origin_brake WHERE origin_id = $1", question.originId()),
            Db.run(tx, "DELETE FROM origin_verdict WHERE origin_id = $1", question.originId()));
  }

  private static OriginRow origin(Row row) {
    return origin(row, null);
  }

  private static OriginRow origin(Row row, @Nullable String braked) {
    return new OriginRow(
        row.getString("origin_id"),
        row.getString("kind"),
        row.getString("path"),
        row.getString("state"),
        row.getString("incarnation"),
        row.getOffsetDateTime("created").toInstant(),
        braked);
  }
}
