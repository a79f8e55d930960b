package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogRelayContract.OpenRelays;
import io.kintsugi.contract.CatalogRelayContract.RelaysOpened;
import io.kintsugi.contract.CatalogRelayContract.SegmentSwapped;
import io.kintsugi.contract.CatalogRelayContract.SwapSegment;
import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Finds segments that are narrower than they should be, and puts others in their place.
final class Relays {
  /// Smaller ones are copies, however many origins there are.
  private static final long SMALL_BYTES = 131_072;

  private static final String OPEN =
      """
      WITH page AS MATERIALIZED (
        SELECT write_id, owner_id, k, m, size_bytes FROM segment
         WHERE live AND write_id > $1 ORDER BY write_id LIMIT $2
      ), opened AS (
        INSERT INTO heal_task (write_id, cause, priority, mode, redundancy)
        SELECT p.write_id, 'relay', 0, 'Background', p.m
          FROM page p JOIN version v ON v.version_id = p.owner_id JOIN bucket b USING (bucket_id)
         WHERE p.size_bytes > $3 AND p.k < b.k AND p.m <= b.m AND b.k + b.m <= $4
         ORDER BY p.write_id
        ON CONFLICT (write_id) WHERE state = 'open' DO NOTHING
        RETURNING write_id
      )
      SELECT (SELECT count(*) FROM opened), count(*), max(write_id::text)::uuid FROM page
      """;

  private static final String LOCK_OLD =
      """
      SELECT s.live, s.owner_id, s.ordinal, s.at_offset, s.size_bytes, v.bucket_id
        FROM segment s LEFT JOIN version v ON v.version_id = s.owner_id
       WHERE s.write_id = $1 FOR UPDATE OF s
      """;

  private final Db db;

  Relays(Db db) {
    this.db = db;
  }

  Future<RelaysOpened> open(OpenRelays question) {
    var after = Rebuilds.after(question.after(), question.max());
    return db.tx(tx -> Db.run(tx, OPEN, after, question.max(), SMALL_BYTES, question.domains()))
        .map(rows -> {
          var row = rows.iterator().next();
          boolean last = row.getLong(1) < question.max();
          return new RelaysOpened(row.getLong(0), last ? null : Ids.hex(row.getUUID(2)));
        });
  }

  /// The change that a swap is.
  record SegmentRelaid(String oldWriteId, String ownerId, Segment segment) {}

  Future<SegmentSwapped> swap(SwapSegment question) {
    var old = Ids.uuid(question.oldWriteId());
    CommitDecision.requireSession(question.sessionId(), question.segment().writeId());
    CommitDecision.requireShards(question.sessionId(), question.segment());
    return db.tx(tx -> {
      var sessions = Db.run(tx, Sessions.LOCK, (Object) new String[] {question.sessionId()});
      var segment = Db.run(tx, LOCK_OLD, old);
      var claim = Db.run(tx, HealMoves.LOCK_CLAIM, question.taskId(), question.attempt(), old);
      var there =
          Db.run(
              tx,
              "SELECT 1 FROM segment WHERE write_id = $1",
              Ids.uuid(question.segment().writeId()));
      return Future.all(sessions, segment, claim, there)
          .compose(_ -> {
            if (there.result().size() > 0) {
              return Future.succeededFuture(new SegmentSwapped(true));
            }
            var row = live(segment.result());
            if (row == null) {
              return Future.succeededFuture(new SegmentSwapped(false));
            }
            require(question, sessions.result(), claim.result(), row);
            return swap(tx, question, row);
          });
    });
  }

  private static @Nullable Row live(RowSet<Row> rows) {
    var row = rows.size() == 0 ? null : rows.iterator().next();
    return row != null && row.getBoolean("live") && row.getInteger("bucket_id") != null
        ? row
        : null;
  }

  private static void require(
      SwapSegment question, RowSet<Row> sessions, RowSet<Row> claim, Row old) {
    var lowWater = sessions.size() == 0 ? null : sessions.iterator().next().getLong(1);
    @Nullable Failure refusal =
        CommitDecision.session(question.sessionId(), List.of(question.segment()), lowWater);
    if (refusal != null) {
      throw refusal;
    }
    if (claim.size() == 0) {
      throw HealClaims.lost(question.taskId());
    }
    if (question.segment().sizeBytes() != old.getLong("size_bytes")) {
      throw Ids.invalid("the new segment does not hold the bytes of the old one");
    }
  }

  private static Future<SegmentSwapped> swap(SqlConnection tx, SwapSegment question, Row old) {
    var owner = old.getUUID("owner_id");
    var segment = standing(question.segment(), old.getInteger("ordinal"), old.getLong("at_offset"));
    var missed = new MissedShards();
    missed.add(old.getInteger("bucket_id"), List.of(segment));
    var tick = new Tick();
    tick.change(
        "segment-relaid", new SegmentRelaid(question.oldWriteId(), Ids.hex(owner), segment));
    tick.segmentsWritten();
    return replace(tx, question.oldWriteId(), owner, segment, null)
        .compose(_ -> missed.insert(tx))
        .compose(_ -> tick.take(tx))
        .map(_ -> new SegmentSwapped(true));
  }

  /// @param at when it happened; null: now
  private static Future<?> replace(
      SqlClient client,
      String oldWriteId,
      UUID owner,
      Segment segment,
      @Nullable OffsetDateTime at) {
    var rows = new SegmentRows();
    rows.add(owner, List.of(segment));
    return rows.insert(client)
        .compose(_ ->
            Db.run(
                client,
                "UPDATE segment SET live = false, relaid = true,"
                    + " died = coalesce($2::timestamptz, now()) WHERE write_id = $1",
                Ids.uuid(oldWriteId),
                at));
  }

  static Future<?> replay(SqlClient client, SegmentRelaid relaid, OffsetDateTime at) {
    return replace(client, relaid.oldWriteId(), Ids.uuid(relaid.ownerId()), relaid.segment(), at)
        .compose(_ ->
            Db.run(
                client,
                "UPDATE segment SET created = $2 WHERE write_id = $1",
                Ids.uuid(relaid.segment().writeId()),
                at));
  }

  private static Segment standing(Segment segment, int ordinal, long offset) {
    return new Segment(
        ordinal,
        segment.writeId(),
        offset,
        segment.sizeBytes(),
        segment.layout(),
        segment.footerBytes(),
        segment.footerSha256(),
        segment.shardSha256(),
        segment.shardBytes(),
        segment.locations());
  }
}
