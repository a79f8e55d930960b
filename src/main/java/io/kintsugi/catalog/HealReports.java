package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.DamageReported;
import io.kintsugi.contract.CatalogHealContract.RemapPriorities;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.Done;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// How damage gets into the queue: one open row per segment, into which every report merges.
final class HealReports {
  /// The segment's bucket, through its version or its upload.
  static final String OWNERS =
      " LEFT JOIN version v ON v.version_id = s.owner_id"
          + " LEFT JOIN part p ON p.part_id = s.owner_id"
          + " LEFT JOIN upload u ON u.upload_id = p.upload_id"
          + " JOIN bucket b ON b.bucket_id = coalesce(v.bucket_id, u.bucket_id)";

  /// In the order of write ids, as everybody locks segments; their death waits.
  private static final String LOCK_LIVE =
      "SELECT write_id FROM segment WHERE write_id = ANY($1::uuid[]) AND live"
          + " ORDER BY write_id FOR SHARE";

  /// Only damage that a location row still bears out; `$1` to `$7` are its columns.
  private static final String TRUE_DAMAGE =
      """
      WITH damage AS (
        SELECT DISTINCT ON (d.write_id, d.shard_index, d.attempt_id) d.*
          FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::bool[],
                      $7::text[])
               AS d(write_id, shard_index, attempt_id, origin_id, evidence, manifest_only, detail)
          JOIN location l ON l.write_id = d.write_id AND l.shard_index = d.shard_index
                         AND l.attempt_id = d.attempt_id
          JOIN segment s ON s.write_id = d.write_id AND s.live
         ORDER BY d.write_id, d.shard_index, d.attempt_id, d.manifest_only
      )
      """;

  private static final String UPSERT_TASKS =
      TRUE_DAMAGE
          + """
          INSERT INTO heal_task (write_id, cause, scan_id, priority, mode, redundancy)
          SELECT s.write_id, $8, $9, coalesce($10::int, p2.priority), $11, s.m
            FROM (SELECT DISTINCT write_id FROM damage) d JOIN segment s USING (write_id)
          """
          + OWNERS
          + """
            JOIN heal_priority p2 ON p2.class = b.class
           ORDER BY s.write_id
          ON CONFLICT (write_id) WHERE state = 'open' DO UPDATE
             SET priority = greatest(heal_task.priority, excluded.priority)
          RETURNING task_id
          """;

  /// What is new makes the row due; what was known leaves its back-off alone.
  private static final String UPSERT_DAMAGES =
      TRUE_DAMAGE
          + """
          , fresh AS (
            SELECT DISTINCT t.task_id FROM damage d
              JOIN heal_task t ON t.write_id = d.write_id AND t.state = 'open'
             WHERE NOT EXISTS (SELECT FROM heal_damage h WHERE h.task_id = t.task_id
                                  AND h.shard_index = d.shard_index AND h.attempt_id = d.attempt_id)
          ), hurried AS (
            UPDATE heal_task t SET due = least(t.due, now()) FROM fresh
             WHERE t.task_id = fresh.task_id
          )
          INSERT INTO heal_damage
          SELECT t.task_id, d.shard_index, d.attempt_id, d.origin_id, d.evidence, d.manifest_only,
                 d.detail, CASE WHEN t.owner IS NULL THEN 0 ELSE t.attempt END
            FROM damage d JOIN heal_task t ON t.write_id = d.write_id AND t.state = 'open'
           ORDER BY t.task_id, d.shard_index, d.attempt_id
          ON CONFLICT (task_id, shard_index, attempt_id) DO UPDATE
             SET origin_id = excluded.origin_id, evidence = excluded.evidence,
                 detail = excluded.detail, during = excluded.during,
                 manifest_only = excluded.manifest_only AND heal_damage.manifest_only
          """;

  /// Scans tell how many they verified besides; who met damage on his way tells of that alone.
  private static final String NOTE_MET =
      TRUE_DAMAGE
          + """
          INSERT INTO origin_verdict (origin_id, verified, bad)
          SELECT d.origin_id, count(*), count(*) FROM damage d
           WHERE d.evidence IN ('CORRUPT', 'STALE') AND NOT EXISTS (
                 SELECT FROM heal_damage h JOIN heal_task t USING (task_id)
                  WHERE t.write_id = d.write_id AND t.state = 'open'
                    AND h.shard_index = d.shard_index AND h.attempt_id = d.attempt_id)
           GROUP BY d.origin_id
          """;

  private static final String REFRESH =
      """
      UPDATE heal_task t
         SET redundancy = s.m
             - (SELECT count(*) FROM lost_shard x WHERE x.write_id = t.write_id)::int
        FROM segment s
       WHERE s.write_id = t.write_id AND t.state = 'open' AND t.task_id = ANY($1::bigint[])
      """;

  private static final String REMAP_TASKS =
      "UPDATE heal_task t SET priority = p2.priority FROM segment s"
          + OWNERS
          + " JOIN heal_priority p2 ON p2.class = b.class"
          + " WHERE s.write_id = t.write_id AND t.state = 'open' AND NOT t.asked"
          + " AND t.priority <> p2.priority";

  private final Db db;

  HealReports(Db db) {
    this.db = db;
  }

  /// Evidence that is not damage enough is no damage; it must not start a heal.
  Future<DamageReported> report(ReportDamage question) {
    var damages = question.damages().stream().filter(d -> d.evidence().isDamage()).toList();
    if (damages.isEmpty()) {
      return Future.succeededFuture(new DamageReported(0));
    }
    var grid = grid(damages);
    var writeIds = damages.stream().map(d -> Ids.uuid(d.writeId())).distinct().toArray(UUID[]::new);
    return db.tx(tx ->
        Db.run(tx, LOCK_LIVE, (Object) writeIds)
            .compose(_ -> Db.run(tx, UPSERT_TASKS, with(grid, question)))
            .compose(rows -> {
              var ids = HealEnds.ids(rows);
              if (ids.isEmpty()) {
                return Future.succeededFuture(new DamageReported(0));
              }
              boolean met = !question.cause().equals("scan");
              Future<?> noted =
                  met ? Db.run(tx, NOTE_MET, grid.values()) : Future.succeededFuture();
              return noted
                  .compose(_ -> Db.run(tx, UPSERT_DAMAGES, grid.values()))
                  .compose(_ -> refresh(tx, ids))
                  .map(_ -> new DamageReported(ids.size()));
            }));
  }

  private static Grid grid(List<Damage> damages) {
    var grid =
        new Grid(
            Grid.Type.ID,
            Grid.Type.INT,
            Grid.Type.ID,
            Grid.Type.TEXT,
            Grid.Type.TEXT,
            Grid.Type.BOOL,
            Grid.Type.TEXT);
    for (var damage : damages) {
      Ids.requireText("detail", damage.detail());
      grid.add(
          Ids.uuid(damage.writeId()),
          damage.shardIndex(),
          Ids.uuid(damage.attemptId()),
          damage.originId(),
          damage.evidence().name(),
          damage.manifestOnly(),
          damage.detail());
    }
    return grid;
  }

  private static @Nullable Object[] with(Grid grid, ReportDamage question) {
    var values = grid.values();
    @Nullable Object[] all = Arrays.copyOf(values, values.length + 4);
    var priority = question.priority();
    boolean live = question.cause().equals("read") || question.cause().equals("write");
    all[values.length] = question.cause();
    all[values.length + 1] = question.scanId();
    all[values.length + 2] = priority == null ? null : Priorities.number(priority);
    all[values.length + 3] = live ? "RealTime" : "Background";
    return all;
  }

  /// Computes anew how many further losses the segments of these rows survive.
  static Future<Void> refresh(SqlConnection tx, List<Long> taskIds) {
    return Db.run(tx, REFRESH, (Object) taskIds.toArray(Long[]::new)).mapEmpty();
  }

  Future<Done> remap(RemapPriorities question) {
    return db.tx(tx ->
        Db.run(
                tx,
                "UPDATE heal_priority SET priority = CASE class WHEN 'critical' THEN $1::int"
                    + " WHEN 'important' THEN $2::int ELSE $3::int END",
                Priorities.number(question.critical()),
                Priorities.number(question.important()),
                Priorities.number(question.standard()))
            .compose(_ -> Db.run(tx, REMAP_TASKS))
            .map(_ -> new Done()));
  }
}
