package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogJournalContract.AdoptVersion;
import io.kintsugi.contract.CatalogJournalContract.Adopted;
import io.kintsugi.contract.CatalogJournalContract.BeginRebuild;
import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.CatalogJournalContract.Contents;
import io.kintsugi.contract.CatalogJournalContract.FindGapped;
import io.kintsugi.contract.CatalogJournalContract.FindUnknown;
import io.kintsugi.contract.CatalogJournalContract.FinishRebuild;
import io.kintsugi.contract.CatalogJournalContract.Gapped;
import io.kintsugi.contract.CatalogJournalContract.GetJournalState;
import io.kintsugi.contract.CatalogJournalContract.JournalState;
import io.kintsugi.contract.CatalogJournalContract.PackFile;
import io.kintsugi.contract.CatalogJournalContract.ReplayChanges;
import io.kintsugi.contract.CatalogJournalContract.Replayed;
import io.kintsugi.contract.CatalogJournalContract.Unknown;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Filling a catalog from what the origins know. Each call is one transaction, and the seq of the
/// clock says how far they came: whoever is interrupted begins again and goes on.
final class Rebuild {
  static final String SET_BUCKET_IDS =
      "SELECT setval(pg_get_serial_sequence('bucket', 'bucket_id'), greatest("
          + "(SELECT coalesce(max(bucket_id), 0) FROM bucket),"
          + " (SELECT coalesce(max(bucket_id), 0) FROM version),"
          + " (SELECT coalesce(max(bucket_id), 0) FROM upload)) + 1, false)";

  private static final String EMPTY =
      "TRUNCATE bucket, origin, policy, version, object, segment, location, upload, part, change,"
          + " write_session, refused_write, remnant, collected, origin_verdict, origin_absence,"
          + " scan, scan_issue, coverage, pack_coverage, origin_definition, origin_drain, tree, tree_deed, unreferenced, heal_task, heal_damage,"
          + " heal_request, heal_request_task RESTART IDENTITY CASCADE";

  /// A brake outlasts every catalog until it is let go. Verdicts are counted anew in each: those of
  /// this one must be able to count.
  static final String SET_BRAKES =
      "UPDATE origin_brake b SET verdict = least(b.verdict, (SELECT coalesce(max(number), 0)"
          + " FROM origin_verdict v WHERE v.origin_id = b.origin_id))";

  /// Whoever wrote before is gone: nothing of theirs will ever be committed.
  private static final String CLOSE_SESSIONS =
      """
      INSERT INTO write_session (session_id, holder, lease_until, closed)
      SELECT id, 'before the rebuild', now(), now() FROM (
        SELECT left(replace(write_id::text, '-', ''), 16) AS id FROM segment
        UNION SELECT left(replace(attempt_id::text, '-', ''), 16) FROM location
        UNION SELECT substr(container, 7, 16) FROM location WHERE container IS NOT NULL) s
      ON CONFLICT (session_id) DO UPDATE SET closed = coalesce(write_session.closed, now())
      """;

  private static final String MISSED =
      """
      WITH missed AS (
        SELECT s.write_id, s.m - count(*) AS redundancy
          FROM segment s JOIN location l USING (write_id)
         WHERE s.live AND l.state = 'missed' GROUP BY s.write_id, s.m
      ), task AS (
        INSERT INTO heal_task (write_id, cause, priority, mode, redundancy)
        SELECT write_id, 'write', p.priority, 'RealTime', redundancy
          FROM missed, heal_priority p WHERE p.class = 'standard'
        ON CONFLICT DO NOTHING RETURNING task_id, write_id
      )
      INSERT INTO heal_damage
      SELECT t.task_id, l.shard_index, l.attempt_id, l.origin_id, 'MISSING', false,
             'not flushed when it was written', 0
        FROM task t JOIN location l USING (write_id) WHERE l.state = 'missed'
      """;

  /// Behind a gap that was accepted the journal begins anew, with a snapshot.
  private static final String FORGET_BEFORE_GAP =
      """
      DELETE FROM change WHERE seq < (
        SELECT max(seq) FROM (SELECT seq, lag(seq) OVER (ORDER BY seq) AS before FROM change) c
         WHERE seq > before + 1)
      """;

  private static final String UNKNOWN =
      """
      SELECT u.id FROM (SELECT id, replace(id::text, '-', '') AS hex FROM unnest($1::uuid[]) i(id)) u
       WHERE NOT EXISTS (SELECT FROM segment s WHERE s.write_id = u.id)
         AND NOT EXISTS (SELECT FROM refused_write r WHERE r.write_id = u.id)
         AND NOT EXISTS (SELECT FROM write_session w WHERE w.session_id = left(u.hex, 16)
                          AND (w.closed IS NOT NULL
                               OR right(u.hex, 16) < lpad(to_hex(w.low_water), 16, '0') COLLATE "C"))
      """;

  /// Every record takes whole places of 64 bytes, and nothing lies between records.
  private static final String FILLED =
      "SELECT container, sum((length + 63) / 64 * 64)::bigint FROM location"
          + " WHERE origin_id = $1 AND container = ANY($2::text[]) GROUP BY container";

  private static final List<String> COUNTED =
      List.of("bucket", "object", "version", "segment", "location", "part", "policy", "origin");

  private final Db db;
  private final Guard guard;
  private final Changes changes;

  Rebuild(Db db, Guard guard, Changes changes) {
    this.db = db;
    this.guard = guard;
    this.changes = changes;
  }

  Future<JournalState> begin(BeginRebuild question) {
    guard.requireHeld();
    return db.tx(tx ->
            Db.run(tx, "INSERT INTO rebuild DEFAULT VALUES ON CONFLICT DO NOTHING")
                .compose(_ -> question.fromEmpty() ? empty(tx) : Future.succeededFuture()))
        .compose(_ -> changes.state(new GetJournalState()));
  }

  private static Future<?> empty(SqlConnection tx) {
    return Db.run(tx, EMPTY)
        .compose(_ -> Db.run(tx, "UPDATE clock SET seq = 0, written = false"))
        .compose(_ -> Db.run(tx, SET_BRAKES));
  }

  Future<Replayed> replay(ReplayChanges question) {
    guard.requireHeld();
    return db.tx(tx ->
        Db.run(tx, "SELECT seq FROM clock FOR UPDATE")
            .compose(rows -> {
              long base = rows.iterator().next().getLong(0);
              var left = question.changes().stream().filter(c -> c.seq() > base).toList();
              requireNoGap(base, left, question.acceptGap());
              return left.isEmpty()
                  ? Future.succeededFuture(new Replayed(base))
                  : new Replay(tx).apply(left).map(_ -> new Replayed(left.getLast().seq()));
            }));
  }

  private static void requireNoGap(long base, List<Change> changes, boolean accept) {
    long before = base;
    for (var change : changes) {
      if (change.seq() <= before || (change.seq() > before + 1 && !accept)) {
        throw Ids.conflict(
            "gap", "after change " + before + " comes " + change.seq() + ": some are missing");
      }
      before = change.seq();
    }
  }

  Future<Unknown> unknown(FindUnknown question) {
    var ids = question.writeIds().stream().map(Ids::uuid).toArray(UUID[]::new);
    return db.query(UNKNOWN, (Object) ids)
        .map(rows -> {
          var unknown = new ArrayList<String>();
          rows.forEach(row -> unknown.add(Ids.hex(row.getUUID(0))));
          return new Unknown(unknown);
        });
  }

  Future<Gapped> gapped(FindGapped question) {
    var names = question.packs().stream().map(PackFile::pack).toArray(String[]::new);
    return db.query(FILLED, question.originId(), names)
        .map(rows -> {
          Map<String, Long> filled = new HashMap<>();
          rows.forEach(row -> filled.put(row.getString(0), row.getLong(1)));
          return new Gapped(
              question.packs().stream()
                  .filter(pack -> filled.getOrDefault(pack.pack(), 0L) != pack.sizeBytes())
                  .map(PackFile::pack)
                  .toList());
        });
  }

  Future<Adopted> adopt(AdoptVersion question) {
    guard.requireHeld();
    return db.tx(tx -> new Adoption(tx, question).run());
  }

  Future<Contents> finish(FinishRebuild question) {
    guard.requireHeld();
    return db.tx(tx ->
            Future.all(
                Db.run(tx, CLOSE_SESSIONS),
                Db.run(tx, MISSED),
                Db.run(tx, SET_BUCKET_IDS),
                Db.run(tx, FORGET_BEFORE_GAP),
                Db.run(tx, "DELETE FROM rebuild")))
        .compose(_ -> db.query("ANALYZE version, object, segment, location"))
        .compose(_ -> contents());
  }

  private Future<Contents> contents() {
    Map<String, Long> counts = new HashMap<>();
    Future<?> counting = Future.succeededFuture();
    for (var table : COUNTED) {
      counting =
          counting
              .compose(_ -> db.query("SELECT count(*) FROM " + table))
              .onSuccess(rows -> counts.put(plural(table), rows.iterator().next().getLong(0)));
    }
    return counting
        .compose(_ -> db.query("SELECT count(*) FROM upload WHERE state = 'open'"))
        .onSuccess(rows -> counts.put("open_uploads", rows.iterator().next().getLong(0)))
        .compose(_ -> changes.state(new GetJournalState()))
        .map(state -> new Contents(state.seq(), counts));
  }

  private static String plural(String table) {
    return table.equals("policy") ? "policies" : table + "s";
  }
}
