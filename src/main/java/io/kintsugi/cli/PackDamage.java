package io.kintsugi.cli;

import io.kintsugi.cli.Damage.Blow;
import io.kintsugi.cli.Damage.Kind;
import io.kintsugi.cli.Damage.Stored;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/// What the demonstration does to whole packs: one is deleted, of another the end is cut off, so
/// that no object loses more than it can.
final class PackDamage {
  private PackDamage() {}

  /// One blow for each shard that is lost.
  ///
  /// @param lost names of objects that cannot be rebuilt anyway
  static List<Blow> plan(List<Stored> stored, String emptied, Set<String> lost, Random random) {
    var parity = new HashMap<String, Integer>();
    var packs = new TreeMap<Path, List<ShardFile>>();
    for (var object : stored) {
      for (var shard : object.shards()) {
        parity.put(shard.writeId(), object.m());
        if (shard.packed() && !shard.origin().equals(emptied)) {
          packs.computeIfAbsent(shard.path(), _ -> new ArrayList<>()).add(shard);
        }
      }
    }
    var order = new ArrayList<>(packs.values());
    order.forEach(shards -> shards.sort(Comparator.comparingLong(ShardFile::at).reversed()));
    Collections.shuffle(order, random);
    var blows = new ArrayList<Blow>();
    var hit = new HashSet<String>();
    delete(order, lost, parity, blows, hit);
    truncate(order, lost, parity, blows, hit);
    return blows;
  }

  private static void delete(
      List<List<ShardFile>> packs,
      Set<String> lost,
      Map<String, Integer> parity,
      List<Blow> blows,
      Set<String> hit) {
    for (var pack : packs) {
      if (pack.stream().allMatch(shard -> canLose(shard, lost, parity, hit))) {
        pack.forEach(shard -> strike(Kind.DELETE_PACK, shard, blows, hit));
        packs.remove(pack);
        return;
      }
    }
  }

  /// From the end of a pack, at most half of it.
  private static void truncate(
      List<List<ShardFile>> packs,
      Set<String> lost,
      Map<String, Integer> parity,
      List<Blow> blows,
      Set<String> hit) {
    for (var pack : packs) {
      int before = blows.size();
      for (var shard : pack.subList(0, Math.ceilDiv(pack.size(), 2))) {
        if (!canLose(shard, lost, parity, hit)) {
          break;
        }
        strike(Kind.TRUNCATE_PACK, shard, blows, hit);
      }
      if (blows.size() > before) {
        return;
      }
    }
  }

  private static boolean canLose(
      ShardFile shard, Set<String> lost, Map<String, Integer> parity, Set<String> hit) {
    return lost.contains(shard.object())
        || (parity.getOrDefault(shard.writeId(), 0) >= Damage.LOSSES
            && !hit.contains(shard.writeId()));
  }

  private static void strike(Kind kind, ShardFile shard, List<Blow> blows, Set<String> hit) {
    blows.add(new Blow(kind, shard, null));
    hit.add(shard.writeId());
  }
}
