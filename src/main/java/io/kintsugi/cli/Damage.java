package io.kintsugi.cli;

import static java.util.stream.Collectors.toSet;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What the demonstration breaks, chosen by a seed: within parity for each object, except where it
/// is told to go beyond.
///
/// @param emptied the origin that loses everything
/// @param lost names of the objects that cannot be rebuilt afterwards
record Damage(String emptied, List<Blow> blows, List<String> lost) {
  /// How a shard is broken.
  enum Kind {
    DELETE_DATA("data shards deleted"),
    FLIP_DATA("bits flipped in data"),
    FLIP_PARITY("bits flipped in parity"),
    FLIP_HEADER("bits flipped in headers"),
    FLIP_FOOTER("bits flipped in footers"),
    TRUNCATE("shards truncated"),
    SWAP("shards swapped"),
    DELETE_PARITY("parity shards deleted"),
    DELETE_PACK("shards in a deleted pack"),
    TRUNCATE_PACK("shards behind the end of a truncated pack"),
    DESTROY("shards destroyed beyond parity");

    final String label;

    Kind(String label) {
      this.label = label;
    }

    boolean fits(ShardFile shard) {
      return switch (this) {
        case DELETE_DATA -> shard.isData() && !shard.packed();
        case DELETE_PARITY -> !shard.isData() && !shard.packed();
        case FLIP_DATA -> shard.isData() && shard.hasBlocks();
        case FLIP_PARITY -> !shard.isData() && shard.hasBlocks();
        case TRUNCATE, SWAP -> !shard.packed();
        case DELETE_PACK, TRUNCATE_PACK -> shard.packed();
        case FLIP_HEADER, FLIP_FOOTER, DESTROY -> true;
      };
    }
  }

  private static final List<Kind> WITHIN =
      List.of(
          Kind.DELETE_DATA,
          Kind.FLIP_DATA,
          Kind.FLIP_PARITY,
          Kind.FLIP_HEADER,
          Kind.FLIP_FOOTER,
          Kind.TRUNCATE,
          Kind.SWAP,
          Kind.DELETE_PARITY);

  /// Losses for every object: what it has on the emptied origin, and one blow.
  static final int LOSSES = 2;

  /// One broken shard.
  ///
  /// @param other the one it changes places with, in a swap
  record Blow(Kind kind, ShardFile shard, @Nullable ShardFile other) {}

  /// All shards of one write.
  record Stored(String object, int k, int m, List<ShardFile> shards) {
    boolean hasBytes() {
      return shards.getFirst().hasBlocks();
    }

    /// Nothing is missing.
    boolean isWhole() {
      return shards.stream().map(ShardFile::index).distinct().count() == k + m;
    }

    /// Nothing is there twice. What was given up as too slow may have landed all the same, beside
    /// what was written in its place, and which of the two counts cannot be seen.
    boolean isPlain() {
      return shards.size() == k + m;
    }
  }

  /// @param beyond how many objects to break for good
  static Damage plan(List<Stored> stored, String emptied, int beyond, long seed) {
    var random = new Random(seed);
    var shuffled = new ArrayList<>(stored);
    Collections.shuffle(shuffled, random);
    var blows = new ArrayList<Blow>();
    var lost = new ArrayList<String>();
    // An empty object needs none of its shards to be given back, so it cannot be lost.
    var breakable =
        shuffled.stream().filter(object -> object.hasBytes() && object.isPlain()).toList();
    var doomed = breakable.subList(0, Math.min(beyond, breakable.size()));
    for (var object : doomed) {
      lost.add(object.object());
      destroy(object, emptied, random, blows);
    }
    var packs = PackDamage.plan(stored, emptied, Set.copyOf(lost), random);
    var spared = packs.stream().map(blow -> blow.shard().writeId()).collect(toSet());
    doomed.forEach(object -> spared.add(object.shards().getFirst().writeId()));
    var rest =
        shuffled.stream()
            .filter(object -> object.m() >= LOSSES && object.isPlain())
            .filter(object -> !spared.contains(object.shards().getFirst().writeId()))
            .toList();
    breakOne(rest, emptied, random, blows);
    // Last, for nothing can be broken in a pack that is gone.
    blows.addAll(packs);
    return new Damage(emptied, List.copyOf(blows), List.copyOf(lost));
  }

  /// One shard of each, in another way each time: in the one that has waited longest.
  private static void breakOne(
      List<Stored> objects, String emptied, Random random, List<Blow> blows) {
    var kinds = new ArrayList<>(WITHIN);
    var left = new ArrayDeque<>(objects);
    while (!left.isEmpty()) {
      var object = left.remove();
      for (var kind : kinds) {
        var shard = pick(object, kind, emptied, random);
        var other = kind == Kind.SWAP && shard != null ? pickOther(left, emptied, random) : null;
        if (shard != null && (kind != Kind.SWAP || other != null)) {
          blows.add(new Blow(kind, shard, other));
          kinds.remove(kind);
          kinds.add(kind);
          break;
        }
      }
    }
  }

  /// Of the next object that has a shard to change places with; it is broken by that.
  private static @Nullable ShardFile pickOther(
      ArrayDeque<Stored> left, String emptied, Random random) {
    for (var object : left) {
      var shard = pick(object, Kind.SWAP, emptied, random);
      if (shard != null) {
        left.remove(object);
        return shard;
      }
    }
    return null;
  }

  private static void destroy(Stored object, String emptied, Random random, List<Blow> blows) {
    var shards = new ArrayList<>(object.shards());
    Collections.shuffle(shards, random);
    int gone = (int) shards.stream().filter(shard -> shard.origin().equals(emptied)).count();
    shards.removeIf(shard -> shard.origin().equals(emptied));
    for (int i = 0; gone <= object.m() && i < shards.size(); i++) {
      blows.add(new Blow(Kind.DESTROY, shards.get(i), null));
      gone++;
    }
  }

  private static @Nullable ShardFile pick(Stored object, Kind kind, String emptied, Random random) {
    var fitting =
        object.shards().stream()
            .filter(shard -> !shard.origin().equals(emptied) && kind.fits(shard))
            .toList();
    return fitting.isEmpty() ? null : fitting.get(random.nextInt(fitting.size()));
  }

  /// How many shards each kind of blow hits.
  Map<Kind, Integer> counts() {
    var counts = new EnumMap<Kind, Integer>(Kind.class);
    for (var blow : blows) {
      counts.merge(blow.kind(), blow.other() == null ? 1 : 2, Integer::sum);
    }
    return counts;
  }

  /// Names of all objects that were hit, or had a shard on the emptied origin; but for those of
  /// which that cannot be seen.
  List<String> hit(List<Stored> stored) {
    var names = new TreeSet<String>();
    for (var blow : blows) {
      names.add(blow.shard().object());
      if (blow.other() != null) {
        names.add(blow.other().object());
      }
    }
    for (var object : stored) {
      if (object.shards().stream().anyMatch(shard -> shard.origin().equals(emptied))) {
        names.add(object.object());
      }
    }
    doubtful(stored).forEach(names::remove);
    return List.copyOf(names);
  }

  /// Names of objects that may have been hit, or not.
  static Set<String> doubtful(List<Stored> stored) {
    return stored.stream().filter(object -> !object.isPlain()).map(Stored::object).collect(toSet());
  }
}
