package io.kintsugi.catalog;

import io.kintsugi.contract.Location;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/// Packs that are being collected: from the moment they are condemned no row may come to point into
/// them. Asked for after the write sessions were locked, so that whoever removes a pack can wait
/// for all who asked before.
final class Condemned {
  private static final String AMONG =
      """
      SELECT r.origin_id, r.name FROM unreferenced r
        JOIN unnest($1::text[], $2::text[]) AS u(origin_id, name) USING (origin_id, name)
       WHERE r.state <> 'seen'
      """;

  private Condemned() {}

  /// A pack of an origin.
  private record Place(String originId, String pack) {}

  /// Those of the places that lie in condemned packs; nothing is asked if none is in a pack.
  static Future<Set<Location>> among(SqlConnection tx, Stream<Location> locations) {
    var packed = locations.filter(location -> location.packed() != null).toList();
    if (packed.isEmpty()) {
      return Future.succeededFuture(Set.of());
    }
    var places = packed.stream().map(Condemned::place).distinct().toList();
    return Db.run(
            tx,
            AMONG,
            places.stream().map(Place::originId).toArray(String[]::new),
            places.stream().map(Place::pack).toArray(String[]::new))
        .map(rows -> {
          var condemned = new HashSet<Place>();
          rows.forEach(row -> condemned.add(new Place(row.getString(0), row.getString(1))));
          var among = new HashSet<Location>();
          packed.stream()
              .filter(location -> condemned.contains(place(location)))
              .forEach(among::add);
          return among;
        });
  }

  static Failure refusal() {
    return Ids.conflict("session", "it lies in a pack that is being collected");
  }

  private static Place place(Location location) {
    var packed = location.packed();
    return new Place(location.originId(), packed == null ? "" : packed.pack());
  }
}
