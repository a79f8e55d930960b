package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogJournalContract.ForgetChanges;
import io.kintsugi.contract.CatalogJournalContract.LoadSnapshot;
import io.kintsugi.contract.CatalogJournalContract.MakeSnapshot;
import io.kintsugi.contract.CatalogJournalContract.ReadSnapshot;
import io.kintsugi.contract.CatalogJournalContract.SnapshotMade;
import io.kintsugi.contract.CatalogJournalContract.SnapshotPage;
import io.kintsugi.contract.CatalogJournalContract.SnapshotRow;
import io.kintsugi.contract.Done;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;

/// The rows of all tables that a rebuild must bring back, as they are at one moment.
final class Snapshots {
  /// Whatever changes write; what is found out by looking (scans, damage, coverage) is found again.
  static final List<String> TABLES =
      List.of(
          "bucket",
          "origin",
          "policy",
          "version",
          "object",
          "segment",
          "location",
          "upload",
          "part",
          "origin_absence",
          "write_session",
          "refused_write",
          "remnant",
          "origin_brake",
          "origin_definition",
          "origin_drain",
          "tree",
          "tree_deed",
          "collected");

  private static final int PAGE_MAX = 10_000;

  /// One statement sees one moment: the seq is that of the rows.
  private static final String MAKE =
      "WITH made AS (INSERT INTO snapshot_row (number, table_name, body)"
          + " SELECT row_number() OVER (), t, b FROM ("
          + TABLES.stream()
              .map(table ->
                  "SELECT '%s' AS t, to_jsonb(r) AS b FROM %s r%s"
                      .formatted(table, table, table.equals("tree_deed") ? " WHERE r.noted" : ""))
              .collect(Collectors.joining(" UNION ALL "))
          + ") u RETURNING 1)"
          + " SELECT (SELECT seq FROM clock), (SELECT count(*) FROM made)";

  private final Db db;
  private final Guard guard;

  Snapshots(Db db, Guard guard) {
    this.db = db;
    this.guard = guard;
  }

  Future<SnapshotMade> make(MakeSnapshot question) {
    return db.tx(tx ->
        Db.run(tx, "TRUNCATE snapshot_row")
            .compose(_ -> Db.run(tx, MAKE))
            .map(rows -> {
              var row = rows.iterator().next();
              return new SnapshotMade(row.getLong(0), row.getLong(1));
            }));
  }

  Future<SnapshotPage> read(ReadSnapshot question) {
    if (question.max() < 1 || question.max() > PAGE_MAX || question.bytesMax() < 1) {
      throw Ids.invalid("max must be 1 to " + PAGE_MAX);
    }
    return db.query(
            "SELECT number, table_name, body::text FROM snapshot_row WHERE number > $1"
                + " ORDER BY number LIMIT $2",
            question.after(),
            question.max() + 1L)
        .map(found -> {
          var rows = new ArrayList<SnapshotRow>();
          long bytes = 0;
          long last = question.after();
          for (var row : found) {
            var body = row.getString(2);
            if (rows.size() == question.max()
                || (bytes + body.length() > question.bytesMax() && !rows.isEmpty())) {
              return new SnapshotPage(rows, last);
            }
            last = row.getLong(0);
            bytes += body.length();
            rows.add(new SnapshotRow(row.getString(1), body));
          }
          return new SnapshotPage(rows, null);
        });
  }

  Future<Done> forget(ForgetChanges question) {
    return db.tx(tx ->
        Db.run(tx, "TRUNCATE snapshot_row")
            .compose(_ -> Db.run(tx, "DELETE FROM change WHERE seq <= $1", question.upToSeq()))
            .map(_ -> new Done()));
  }

  Future<Done> load(LoadSnapshot question) {
    guard.requireHeld();
    var byTable = new LinkedHashMap<String, List<String>>();
    for (var row : question.rows()) {
      if (!TABLES.contains(row.table())) {
        throw Ids.invalid("a snapshot has no table " + row.table());
      }
      byTable.computeIfAbsent(row.table(), _ -> new ArrayList<>()).add(row.rowJson());
    }
    return db.tx(tx -> {
      var loads = new ArrayList<Future<?>>();
      byTable.forEach((table, rows) ->
          loads.add(
              Db.run(
                  tx,
                  ("INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT r.* FROM unnest($1::text[])"
                          + " AS u(body), jsonb_populate_record(null::%s, u.body::jsonb) r"
                          + " ON CONFLICT DO NOTHING")
                      .formatted(table, table),
                  (Object) rows.toArray(String[]::new))));
      var seq = question.seq();
      if (seq != null) {
        loads.add(
            Db.run(tx, "UPDATE clock SET seq = $1, written = EXISTS (SELECT FROM segment)", seq));
        loads.add(Db.run(tx, Rebuild.SET_BUCKET_IDS));
        loads.add(Db.run(tx, Rebuild.SET_BRAKES));
      }
      return Future.all(loads).map(_ -> new Done());
    });
  }
}
