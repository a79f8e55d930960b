package io.kintsugi.heal;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.Segment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One segment on its way through a batch.
final class PackedItem {
  final Repair repair;
  final Segment segment;
  final Set<Integer> lost;
  final Location source;

  /// The lost copies as they were found.
  final Map<Integer, Known> found = new HashMap<>();

  /// Where the new ones lie.
  final List<Location> written = new ArrayList<>();

  /// The new ones, until they are on their way.
  Map<Integer, byte[]> built = Map.of();

  PackedItem(Repair repair) {
    this.repair = repair;
    segment = repair.claim().task().segment();
    lost = PackedTask.lost(repair.claim());
    source = PackedTask.source(repair.claim());
  }

  List<Location> lostPlaces() {
    return segment.locations().stream().filter(at -> lost.contains(at.index())).toList();
  }

  /// The attempt that a new copy is to replace.
  String replacedBy(Location written) {
    return lostPlaces().stream()
        .filter(at -> at.index() == written.index())
        .findFirst()
        .orElseThrow()
        .attemptId();
  }
}
