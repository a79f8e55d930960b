package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Segment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// Changes to the rows of an object that others than its writer make.
final class Rows {
  private Rows() {}

  /// Moves every shard to the origins that held none, under new attempts, as a heal would.
  static void moveAll(House house, String key, ObjectEntry entry) {
    var segment = entry.segments().getFirst();
    var free =
        new ArrayDeque<>(
            house.origins.stream()
                .filter(origin ->
                    segment.locations().stream().noneMatch(at -> at.originId().equals(origin.id)))
                .toList());
    var rows = new ArrayList<Location>();
    for (var at : segment.locations()) {
      var origin = free.remove();
      var moved =
          new Location(
              at.index(),
              "e".repeat(31) + at.index(),
              origin.id,
              origin.incarnation,
              true,
              at.packed());
      origin.files.put(House.name(segment, moved), house.file(segment, at));
      if (at.packed() != null) {
        origin.records.put(House.name(segment, moved), at.packed());
      }
      rows.add(moved);
    }
    house.catalog.replace(key, withLocations(entry, rows));
  }

  static ObjectEntry withLocations(ObjectEntry entry, List<Location> rows) {
    var old = entry.segments().getFirst();
    var segment =
        new Segment(
            old.ordinal(),
            old.writeId(),
            old.offset(),
            old.sizeBytes(),
            old.layout(),
            old.footerBytes(),
            old.footerSha256(),
            old.shardSha256(),
            old.shardBytes(),
            rows);
    return new ObjectEntry(
        entry.bucket(), entry.key(), entry.versionId(), entry.info(), List.of(segment));
  }
}
