package io.kintsugi.catalog;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.Segment;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.List;

/// Shards that had not landed when their object was committed: each such segment has a heal row,
/// due at once, from the same transaction on.
final class MissedShards {
  private static final String INSERT =
      """
      WITH task AS (
        INSERT INTO heal_task (write_id, cause, priority, mode, redundancy)
        SELECT w, 'write', p.priority, 'RealTime', r
          FROM unnest($1::uuid[], $2::int[], $3::int[]) AS u(w, bucket_id, r)
          JOIN bucket USING (bucket_id) JOIN heal_priority p USING (class)
        RETURNING task_id, write_id
      )
      INSERT INTO heal_damage
      SELECT task_id, i, a, o, 'MISSING', false, 'not flushed when it was written', 0
        FROM task JOIN unnest($4::uuid[], $5::int[], $6::uuid[], $7::text[]) AS u(w, i, a, o)
          ON task.write_id = w
      """;

  private final Grid tasks = new Grid(Grid.Type.ID, Grid.Type.INT, Grid.Type.INT);
  private final Grid damages = new Grid(Grid.Type.ID, Grid.Type.INT, Grid.Type.ID, Grid.Type.TEXT);

  void add(int bucketId, List<Segment> segments) {
    for (var segment : segments) {
      var missed = segment.locations().stream().filter(l -> !l.landed()).toList();
      if (missed.isEmpty()) {
        continue;
      }
      var writeId = Ids.uuid(segment.writeId());
      tasks.add(writeId, bucketId, segment.layout().m() - missed.size());
      for (Location location : missed) {
        damages.add(writeId, location.index(), Ids.uuid(location.attemptId()), location.originId());
      }
    }
  }

  Future<Void> insert(SqlClient client) {
    return tasks.isEmpty()
        ? Future.succeededFuture()
        : Db.run(client, INSERT, damages.values(tasks.values())).mapEmpty();
  }
}
