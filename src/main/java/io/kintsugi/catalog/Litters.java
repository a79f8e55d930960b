package io.kintsugi.catalog;

import io.kintsugi.catalog.Fate.Seen;
import io.kintsugi.contract.CatalogCollectContract.JudgeNames;
import io.kintsugi.contract.CatalogCollectContract.NameMoved;
import io.kintsugi.contract.CatalogCollectContract.NamesJudged;
import io.kintsugi.contract.CatalogCollectContract.NotePacks;
import io.kintsugi.contract.CatalogCollectContract.NoteQuarantine;
import io.kintsugi.contract.CatalogCollectContract.PackSeen;
import io.kintsugi.contract.CatalogCollectContract.SettleNames;
import io.kintsugi.contract.Done;
import io.kintsugi.format.Names;
import io.kintsugi.format.PackName;
import io.kintsugi.kernel.CrashPoint;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Names without a row: when they are condemned, and what becomes of them. What is condemned stays
/// so in the rows, whoever dies while it is moved or removed.
final class Litters {
  private static final String UNREFERENCED_PACKS =
      """
      INSERT INTO unreferenced (origin_id, name, size_bytes)
      SELECT $1, u.name, u.size FROM unnest($2::text[], $3::bigint[]) AS u(name, size)
       WHERE NOT EXISTS (SELECT FROM location l WHERE l.origin_id = $1 AND l.container = u.name)
         AND NOT EXISTS (SELECT FROM remnant r WHERE r.origin_id = $1 AND r.container = u.name)
       ORDER BY u.name
      ON CONFLICT (origin_id, name) DO UPDATE SET size_bytes = excluded.size_bytes
      """;

  /// It was seen in quarantine: if its row says something else, its mover died before it could say
  /// so, and will do so in his next life.
  private static final String FOUND_IN_QUARANTINE =
      """
      INSERT INTO unreferenced (origin_id, name, state, condemned)
      SELECT $1, u.name, 'quarantined', now() FROM unnest($2::text[]) AS u(name) ORDER BY u.name
      ON CONFLICT DO NOTHING
      """;

  private static final String PAGE =
      "SELECT name FROM unreferenced WHERE origin_id = $1 AND name > $2 ORDER BY name LIMIT $3"
          + " FOR UPDATE";

  /// One statement, so one moment: what it sees closed it also sees with all that was ever
  /// committed under it.
  ///
  /// A session that was found open long after its lease had ended is what a database looks like
  /// that was restored from an older state: what was committed under it since is in no row. Where a
  /// journal is kept, such a database is not in use; where none is, its names are not judged.
  private static final String JUDGE =
      """
      SELECT u.name, r.state,
             CASE WHEN u.pack IS NULL
                  THEN EXISTS (SELECT FROM location l WHERE l.write_id = u.write_id
                                  AND l.shard_index = u.shard_index
                                  AND l.attempt_id = u.attempt_id
                                  AND l.origin_id = $1 AND l.container IS NULL)
                    OR EXISTS (SELECT FROM remnant d WHERE d.write_id = u.write_id
                                  AND d.shard_index = u.shard_index
                                  AND d.attempt_id = u.attempt_id
                                  AND d.origin_id = $1 AND d.container IS NULL)
                  ELSE EXISTS (SELECT FROM location l
                                WHERE l.origin_id = $1 AND l.container = u.pack)
                    OR EXISTS (SELECT FROM remnant d
                                WHERE d.origin_id = $1 AND d.container = u.pack)
             END AS known,
             coalesce((w.closed IS NOT NULL
                        AND ($3 OR r.state <> 'seen'
                             OR w.closed <= w.lease_until + interval '2 minutes'))
                      OR (u.counter >= 0 AND u.counter < w.low_water), false) AS over,
             r.first_seen <= now() - $2 * interval '1 ms' AS seen_long,
             coalesce(r.condemned <= now() - $2 * interval '1 ms', false) AS held_long,
             coalesce(r.horizon <= pg_snapshot_xmin(pg_current_snapshot()), false) AS settled
        FROM unnest($4::text[], $5::uuid[], $6::int[], $7::uuid[], $8::text[], $9::bigint[],
                    $10::text[])
             AS u(name, write_id, shard_index, attempt_id, session_id, counter, pack)
        JOIN unreferenced r ON r.origin_id = $1 AND r.name = u.name
        LEFT JOIN write_session w ON w.session_id = u.session_id
       ORDER BY u.name
      """;

  private static final String CONDEMN =
      "UPDATE unreferenced SET state = 'condemned', condemned = now()"
          + " WHERE origin_id = $1 AND name = ANY($2::text[]) AND state = 'seen'";

  /// Set by a later transaction than the one that condemned: who took a number after it knows. Not
  /// the end of its snapshot, which is only the last number that was given back, and may be lower
  /// than that of somebody at work.
  private static final String SET_HORIZON =
      "UPDATE unreferenced SET horizon = pg_current_xact_id()"
          + " WHERE origin_id = $1 AND name = ANY($2::text[]) AND state <> 'seen'"
          + " AND horizon IS NULL";

  private static final String FORGET =
      "DELETE FROM unreferenced WHERE origin_id = $1 AND name = ANY($2::text[])";

  private static final String QUARANTINED =
      """
      UPDATE unreferenced r SET state = 'quarantined', size_bytes = u.size, condemned = now(),
             horizon = pg_current_xact_id()
        FROM unnest($2::text[], $3::bigint[]) AS u(name, size)
       WHERE r.origin_id = $1 AND r.name = u.name AND r.state = 'condemned'
      """;

  /// What was found out of packs that are not there any more.
  private static final String FORGET_COVERAGE =
      "DELETE FROM pack_coverage WHERE origin_id = $1 AND pack = ANY($2::text[])"
          + " AND NOT EXISTS (SELECT FROM location l WHERE l.origin_id = $1"
          + " AND l.container = pack_coverage.pack)";

  private final Db db;
  private final long graceMillis;
  private final boolean journalled;

  /// @param journalled somebody compares the catalog with the origins before it is used
  Litters(Db db, long graceMillis, boolean journalled) {
    this.db = db;
    this.graceMillis = graceMillis;
    this.journalled = journalled;
  }

  Future<Done> notePacks(NotePacks question) {
    var packs =
        question.packs().stream().filter(p -> PackName.parse(p.name()).isPresent()).toList();
    if (packs.isEmpty()) {
      return Future.succeededFuture(new Done());
    }
    Remnants.requireMax(packs.size());
    return db.query(
            UNREFERENCED_PACKS,
            question.originId(),
            packs.stream().map(PackSeen::name).toArray(String[]::new),
            packs.stream().map(PackSeen::sizeBytes).toArray(Long[]::new))
        .map(_ -> new Done());
  }

  Future<Done> noteQuarantine(NoteQuarantine question) {
    if (question.names().isEmpty()) {
      return Future.succeededFuture(new Done());
    }
    Remnants.requireMax(question.names().size());
    question.names().forEach(name -> Ids.requireText("name", name));
    return db.query(
            FOUND_IN_QUARANTINE, question.originId(), question.names().toArray(String[]::new))
        .map(_ -> new Done());
  }

  /// What is condemned now can be handed out at once if nobody is at work: a later transaction
  /// marks the moment, and a third one looks whether all who were at work before it have ended.
  Future<NamesJudged> judge(JudgeNames question) {
    Remnants.requireMax(question.max());
    return db.tx(Sessions::settleExpired)
        .compose(_ -> db.tx(tx -> look(tx, question)))
        .compose(first ->
            first.condemned().isEmpty()
                ? Future.succeededFuture(first)
                : lookAgain(question, first.condemned()))
        .map(Looked::answer);
  }

  private Future<Looked> lookAgain(JudgeNames question, List<String> condemned) {
    CrashPoint.CONDEMN_MADE.pass();
    return db.tx(tx -> change(tx, SET_HORIZON, question.originId(), condemned))
        .compose(_ -> db.tx(tx -> look(tx, question)));
  }

  /// What one look at a page brought.
  private record Looked(List<String> condemned, NamesJudged answer) {}

  private Future<Looked> look(SqlConnection tx, JudgeNames question) {
    var after = question.after() == null ? "" : question.after();
    return Lease.require(tx, question.epoch())
        .compose(_ -> Db.run(tx, PAGE, question.originId(), after, question.max()))
        .compose(rows -> judge(tx, question, names(rows)));
  }

  private Future<Looked> judge(SqlConnection tx, JudgeNames question, List<String> names) {
    if (names.isEmpty()) {
      return Future.succeededFuture(
          new Looked(List.of(), new NamesJudged(List.of(), List.of(), List.of(), null)));
    }
    var next = names.size() == question.max() ? names.getLast() : null;
    return Db.run(tx, JUDGE, judged(question, names))
        .compose(rows -> {
          var fates = fates(rows);
          var origin = question.originId();
          return change(tx, CONDEMN, origin, fates.get(Fate.CONDEMN))
              .compose(_ -> change(tx, SET_HORIZON, origin, fates.get(Fate.CONDEMNED_LATELY)))
              .compose(_ -> change(tx, SET_HORIZON, origin, fates.get(Fate.IN_QUARANTINE)))
              .compose(_ -> change(tx, FORGET, origin, fates.get(Fate.FORGET)))
              .map(_ ->
                  new Looked(
                      of(fates, Fate.CONDEMN),
                      new NamesJudged(
                          of(fates, Fate.QUARANTINE),
                          of(fates, Fate.RESTORE),
                          of(fates, Fate.REMOVE),
                          next)));
        });
  }

  private @Nullable Object[] judged(JudgeNames question, List<String> names) {
    var grid =
        new Grid(
            Grid.Type.TEXT,
            Grid.Type.ID,
            Grid.Type.INT,
            Grid.Type.ID,
            Grid.Type.TEXT,
            Grid.Type.LONG,
            Grid.Type.TEXT);
    for (var name : names) {
      add(grid, name);
    }
    return grid.values(question.originId(), (double) graceMillis, journalled);
  }

  /// A name that is nothing of ours is never judged.
  private static void add(Grid grid, String name) {
    var pack = PackName.parse(name);
    if (pack.isPresent()) {
      var session = HexFormat.of().toHexDigits(pack.get().session());
      grid.add(name, null, null, null, session, pack.get().number(), name);
      return;
    }
    var shard = Names.parse(name);
    if (shard.isPresent()) {
      var attempt = shard.get().attemptId();
      grid.add(
          name,
          Ids.uuid(shard.get().writeId().toString()),
          shard.get().index(),
          Ids.uuid(attempt.toString()),
          attempt.toString().substring(0, 16),
          attempt.counter(),
          null);
    }
  }

  private static Map<Fate, List<String>> fates(RowSet<Row> rows) {
    var fates = new EnumMap<Fate, List<String>>(Fate.class);
    for (var row : rows) {
      var seen =
          new Seen(
              row.getString("state"),
              row.getBoolean("known"),
              row.getBoolean("over"),
              row.getBoolean("seen_long"),
              row.getBoolean("held_long"),
              row.getBoolean("settled"));
      fates.computeIfAbsent(Fate.of(seen), _ -> new ArrayList<>()).add(row.getString("name"));
    }
    return fates;
  }

  private static List<String> of(Map<Fate, List<String>> fates, Fate fate) {
    return fates.getOrDefault(fate, List.of());
  }

  private static Future<Void> change(
      SqlConnection tx, String sql, String origin, @Nullable List<String> names) {
    return names == null
        ? Future.succeededFuture()
        : Db.run(tx, sql, origin, names.toArray(String[]::new)).mapEmpty();
  }

  private static @Nullable List<String> packs(SettleNames question) {
    var packs = question.forgotten().stream().filter(n -> PackName.parse(n).isPresent()).toList();
    return packs.isEmpty() ? null : packs;
  }

  private static List<String> names(RowSet<Row> rows) {
    var names = new ArrayList<String>();
    rows.forEach(row -> names.add(row.getString(0)));
    return names;
  }

  Future<Done> settle(SettleNames question) {
    var moved = question.quarantined();
    return db.once(tx ->
            change(tx, FORGET, question.originId(), question.forgotten())
                .compose(_ -> change(tx, FORGET_COVERAGE, question.originId(), packs(question)))
                .compose(_ ->
                    Db.run(
                        tx,
                        QUARANTINED,
                        question.originId(),
                        moved.stream().map(NameMoved::name).toArray(String[]::new),
                        moved.stream().map(NameMoved::sizeBytes).toArray(Long[]::new)))
                .compose(_ ->
                    question.freedNames() == 0
                        ? Future.succeededFuture()
                        : Db.run(
                            tx,
                            Remnants.COUNT,
                            question.originId(),
                            question.freedNames(),
                            question.freedBytes()))
                .onSuccess(_ -> CrashPoint.FATE_OPEN.pass()))
        .onSuccess(_ -> CrashPoint.FATE_MADE.pass())
        .map(_ -> new Done());
  }
}
