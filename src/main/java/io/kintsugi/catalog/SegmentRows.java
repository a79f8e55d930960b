package io.kintsugi.catalog;

import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Segments and locations to rows and back.
final class SegmentRows {
  /// Columns of a segment `s` and one of its locations `l`.
  static final String COLUMNS =
      "s.write_id, s.owner_id, s.ordinal, s.at_offset, s.size_bytes, s.k, s.m, s.footer_bytes,"
          + " s.footer_sha256, s.shard_sha256, s.shard_bytes, l.shard_index, l.attempt_id,"
          + " l.origin_id, l.origin_incarnation, l.state = 'landed' AS landed, l.container,"
          + " l.at_offset AS pack_offset, l.length AS pack_bytes";

  /// The segments of a version or part `$1`, whose first one bears the same id.
  private static final String OF_OWNER =
      "SELECT "
          + COLUMNS
          + " FROM (SELECT * FROM segment WHERE write_id = $1 AND owner_id = $1 AND NOT relaid"
          + " UNION ALL SELECT * FROM segment WHERE owner_id = $1 AND owner_id <> write_id"
          + " AND NOT relaid) s"
          + " CROSS JOIN LATERAL (SELECT * FROM location WHERE write_id = s.write_id OFFSET 0) l"
          + " ORDER BY s.ordinal, l.shard_index";

  private static final String INSERT_SEGMENTS =
      """
      INSERT INTO segment (write_id, owner_id, leaf, ordinal, at_offset, size_bytes, k, m,
                           footer_bytes, footer_sha256, shard_sha256, shard_bytes, packed)
      SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::bigint[],
                           $6::bigint[], $7::int[], $8::int[], $9::int[], $10::bytea[],
                           $11::bytea[], $12::bigint[], $13::bool[])
      """;

  private static final String INSERT_LOCATIONS =
      """
      INSERT INTO location (write_id, shard_index, attempt_id, origin_id, origin_incarnation,
                            length, container, at_offset, state)
      SELECT w, i, a, o, n, b, c, f, CASE WHEN landed THEN 'landed' ELSE 'missed' END
        FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::bigint[],
                    $7::text[], $8::bigint[], $9::bool[]) AS u(w, i, a, o, n, b, c, f, landed)
      """;

  private static final HexFormat HEX = HexFormat.of();
  private static final int SHA256_BYTES = 32;

  private final Grid segments =
      new Grid(
          Grid.Type.ID,
          Grid.Type.ID,
          Grid.Type.INT,
          Grid.Type.INT,
          Grid.Type.LONG,
          Grid.Type.LONG,
          Grid.Type.INT,
          Grid.Type.INT,
          Grid.Type.INT,
          Grid.Type.BYTES,
          Grid.Type.BYTES,
          Grid.Type.LONG,
          Grid.Type.BOOL);
  private final Grid locations =
      new Grid(
          Grid.Type.ID,
          Grid.Type.INT,
          Grid.Type.ID,
          Grid.Type.TEXT,
          Grid.Type.TEXT,
          Grid.Type.LONG,
          Grid.Type.TEXT,
          Grid.Type.LONG,
          Grid.Type.BOOL);

  void add(UUID owner, List<Segment> added) {
    for (var segment : added) {
      var writeId = Ids.uuid(segment.writeId());
      segments.add(
          writeId,
          owner,
          leaf(segment.writeId()),
          segment.ordinal(),
          segment.offset(),
          segment.sizeBytes(),
          segment.layout().k(),
          segment.layout().m(),
          segment.footerBytes(),
          Buffer.buffer(HEX.parseHex(segment.footerSha256())),
          Buffer.buffer(HEX.parseHex(String.join("", segment.shardSha256()))),
          segment.shardBytes(),
          segment.locations().stream().allMatch(at -> at.packed() != null));
      for (var location : segment.locations()) {
        var packed = location.packed();
        locations.add(
            writeId,
            location.index(),
            Ids.uuid(location.attemptId()),
            location.originId(),
            location.incarnation(),
            packed == null ? segment.shardBytes() : packed.sizeBytes(),
            packed == null ? null : packed.pack(),
            packed == null ? 0 : packed.offset(),
            location.landed());
      }
    }
  }

  Future<Void> insert(SqlClient client) {
    if (segments.isEmpty()) {
      return Future.succeededFuture();
    }
    return Future.all(
            Db.run(client, INSERT_SEGMENTS, segments.values()),
            Db.run(client, INSERT_LOCATIONS, locations.values()))
        .mapEmpty();
  }

  static Future<List<Segment>> ofOwner(SqlClient client, UUID owner) {
    return Db.run(client, OF_OWNER, owner).map(rows -> List.copyOf(read(rows).values()));
  }

  /// Rows of [#COLUMNS] as segments by write id, in the order in which they come.
  static Map<UUID, Segment> read(RowSet<Row> rows) {
    var first = new LinkedHashMap<UUID, Row>();
    var locations = new LinkedHashMap<UUID, List<Location>>();
    for (var row : rows) {
      var writeId = row.getUUID("write_id");
      first.putIfAbsent(writeId, row);
      locations.computeIfAbsent(writeId, _ -> new ArrayList<>()).add(location(row));
    }
    var segments = new LinkedHashMap<UUID, Segment>();
    locations.forEach((writeId, places) -> {
      var row = first.get(writeId);
      if (row != null) {
        segments.put(writeId, segment(row, places));
      }
    });
    return segments;
  }

  static int leaf(String writeId) {
    return Integer.parseInt(Names.leaf(WriteId.parse(writeId)), 16);
  }

  private static Segment segment(Row row, List<Location> locations) {
    var digests = row.getBuffer("shard_sha256").getBytes();
    var shardSha256 = new ArrayList<String>();
    for (int at = 0; at < digests.length; at += SHA256_BYTES) {
      shardSha256.add(HEX.formatHex(digests, at, at + SHA256_BYTES));
    }
    return new Segment(
        row.getInteger("ordinal"),
        Ids.hex(row.getUUID("write_id")),
        row.getLong("at_offset"),
        row.getLong("size_bytes"),
        new Layout(row.getInteger("k"), row.getInteger("m")),
        row.getInteger("footer_bytes"),
        HEX.formatHex(row.getBuffer("footer_sha256").getBytes()),
        shardSha256,
        row.getLong("shard_bytes"),
        locations);
  }

  private static Location location(Row row) {
    return new Location(
        row.getInteger("shard_index"),
        Ids.hex(row.getUUID("attempt_id")),
        row.getString("origin_id"),
        row.getString("origin_incarnation"),
        row.getBoolean("landed"),
        packed(row));
  }

  private static @Nullable Packed packed(Row row) {
    var pack = row.getString("container");
    return pack == null
        ? null
        : new Packed(pack, row.getLong("pack_offset"), row.getLong("pack_bytes"));
  }
}
