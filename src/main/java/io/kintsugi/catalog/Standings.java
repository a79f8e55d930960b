package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract.BucketStanding;
import io.kintsugi.contract.CatalogContract.GetStanding;
import io.kintsugi.contract.CatalogContract.Standing;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// How safe each bucket is (G5). A shard counts if it landed, its origin answers, is ready and
/// still the same, and no open heal row says it is damaged. Verified is what was read whole: by a
/// deep scan since the segment was written, or by a heal; never more than that.
final class Standings {
  private static final String SQL =
      """
      WITH damaged AS (
        SELECT t.write_id, d.shard_index, d.attempt_id
          FROM heal_task t JOIN heal_damage d USING (task_id) WHERE t.state = 'open'
      ), shard AS (
        SELECT s.write_id, s.owner_id, s.k, s.verified,
               bit_count(coalesce(bit_or(1 << l.shard_index) FILTER (
                 WHERE l.state = 'landed' AND o.state = 'ready'
                   AND o.incarnation = l.origin_incarnation AND d.write_id IS NULL
                   AND l.origin_id = ANY ($1)), 0)::bit(32))
                 AS sound,
               CASE WHEN bool_and(coalesce(c.at, p.at) IS NOT NULL)
                    THEN min(coalesce(c.at, p.at)) END AS covered
          FROM segment s JOIN location l USING (write_id)
          LEFT JOIN origin o USING (origin_id)
          LEFT JOIN damaged d USING (write_id, shard_index, attempt_id)
          -- a look at a leaf sees files, and nothing of what lies in packs
          LEFT JOIN coverage c ON c.leaf = s.leaf AND c.origin_id = l.origin_id
                              AND l.container IS NULL
                              AND c.depth = 'deep' AND c.at >= s.created
          LEFT JOIN pack_coverage p ON p.origin_id = l.origin_id AND p.pack = l.container
                              AND p.depth = 'deep' AND p.at >= s.created
         WHERE s.live
         GROUP BY s.write_id, s.owner_id, s.k, s.verified
      ), object_spare AS (
        SELECT owner_id, min(sound - k)::int AS spare,
               CASE WHEN bool_and(greatest(verified, covered) IS NOT NULL)
                    THEN min(greatest(verified, covered)) END AS verified
          FROM shard GROUP BY owner_id
      )
      SELECT b.name, b.k, b.m, x.spare, count(o.key) AS objects,
             coalesce(sum(o.size_bytes), 0)::bigint AS bytes,
             count(o.key) FILTER (WHERE x.verified IS NULL) AS unverified,
             min(x.verified) AS verified
        FROM bucket b LEFT JOIN (
          SELECT bucket_id, key, version_id, size_bytes FROM object WHERE NOT marker
          UNION ALL
          SELECT bucket_id, key, version_id, size_bytes FROM version WHERE past AND NOT marker
        ) o USING (bucket_id)
        LEFT JOIN object_spare x ON x.owner_id = o.version_id
       GROUP BY b.bucket_id, b.name, b.k, b.m, x.spare
       ORDER BY b.name, x.spare
      """;

  /// Of what lies on an origin that is away nothing is known, unless it is known to be damaged.
  private static final String AWAY =
      """
      SELECT b.name, array_agg(DISTINCT l.origin_id ORDER BY l.origin_id) AS origins
        FROM location l JOIN segment s USING (write_id)
        JOIN version x ON x.version_id = s.owner_id
        JOIN bucket b ON b.bucket_id = x.bucket_id
       WHERE s.live AND l.state = 'landed'
         AND l.origin_id IN (SELECT origin_id FROM origin
                              WHERE state <> 'removed' AND NOT origin_id = ANY ($1))
         AND NOT EXISTS (SELECT FROM heal_task t JOIN heal_damage d USING (task_id)
                          WHERE t.state = 'open' AND t.write_id = l.write_id
                            AND d.attempt_id = l.attempt_id)
       GROUP BY b.name
      """;

  private static final long ORIGINS_MILLIS = 5_000;

  private final Db db;
  private final World world;

  Standings(Db db, World world) {
    this.db = db;
    this.world = world;
  }

  /// What is safe now cannot be said without knowing which origins are there now.
  Future<Standing> get(GetStanding question) {
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins(), ORIGINS_MILLIS)
        .compose(origins -> {
          Object present = present(origins);
          var rows = db.query(SQL, present);
          var away = db.query(AWAY, present);
          return Future.all(rows, away)
              .map(_ -> standing(rows.result(), away.result(), world.clock().instant()));
        });
  }

  /// Origins that can be read now; one that nobody speaks of is not among them.
  private static String[] present(Origins origins) {
    return origins.origins().stream()
        .filter(origin -> origin.marker().equals("ours") && isReadable(origin.health()))
        .map(OriginState::id)
        .toArray(String[]::new);
  }

  private static boolean isReadable(String health) {
    return health.equals("healthy") || health.equals("degraded");
  }

  /// What is gathered of one bucket from its rows, one per number of losses survived.
  private static final class Sum {
    final Layout layout;
    final Map<String, Long> bySpare = new HashMap<>();
    long objects;
    long bytes;
    long unverified;
    int weakest = Integer.MAX_VALUE;
    Instant oldest = Instant.MAX;

    Sum(Layout layout) {
      this.layout = layout;
    }

    void add(Row row) {
      long count = row.getLong("objects");
      if (count == 0) {
        return;
      }
      // An object of which no segment is known cannot be read.
      int spare = row.getInteger("spare") == null ? -1 : Math.max(-1, row.getInteger("spare"));
      objects += count;
      bytes += row.getLong("bytes");
      unverified += row.getLong("unverified");
      weakest = Math.min(weakest, spare);
      bySpare.merge(String.valueOf(spare), count, Long::sum);
      var verified = row.getOffsetDateTime("verified");
      if (verified != null && verified.toInstant().isBefore(oldest)) {
        oldest = verified.toInstant();
      }
    }

    BucketStanding standing(String name, List<String> away) {
      boolean verified = objects > 0 && unverified == 0;
      return new BucketStanding(
          name,
          layout,
          objects,
          bytes,
          objects == 0 ? layout.m() : weakest,
          bySpare,
          verified ? oldest : null,
          away);
    }
  }

  private static Standing standing(RowSet<Row> rows, RowSet<Row> absences, Instant now) {
    var away = new HashMap<String, List<String>>();
    absences.forEach(
        row -> away.put(row.getString("name"), List.of(row.getArrayOfStrings("origins"))));
    var sums = new TreeMap<String, Sum>();
    for (var row : rows) {
      var layout = new Layout(row.getInteger("k"), row.getInteger("m"));
      sums.computeIfAbsent(row.getString("name"), _ -> new Sum(layout)).add(row);
    }
    var buckets = new ArrayList<BucketStanding>();
    long objects = 0;
    long bytes = 0;
    for (var sum : sums.entrySet()) {
      var name = sum.getKey();
      buckets.add(sum.getValue().standing(name, away.getOrDefault(name, List.of())));
      objects += sum.getValue().objects;
      bytes += sum.getValue().bytes;
    }
    return new Standing(buckets, objects, bytes, now);
  }
}
