package io.kintsugi.catalog;

import io.kintsugi.contract.Segment;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.OffsetDateTime;
import java.util.List;

/// When segments were committed that are entered now.
final class SegmentTimes {
  private final Grid grid = new Grid(Grid.Type.ID, Grid.Type.TIME);

  void add(List<Segment> segments, OffsetDateTime at) {
    segments.forEach(segment -> grid.add(Ids.uuid(segment.writeId()), at));
  }

  Future<?> set(SqlConnection tx) {
    return Db.run(
        tx,
        "UPDATE segment s SET created = u.at FROM unnest($1::uuid[], $2::timestamptz[])"
            + " AS u(write_id, at) WHERE s.write_id = u.write_id",
        grid.values());
  }
}
