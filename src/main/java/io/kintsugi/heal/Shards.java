package io.kintsugi.heal;

import io.kintsugi.contract.CatalogHealContract.HealTask;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginContract.VerifyShard;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.kintsugi.route.Rank;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The shards of one segment: what is known of them, how to look at them, where new ones can go.
final class Shards {
  private static final String OURS = "ours";
  private static final String UNHEALTHY = "unhealthy";
  private static final String ANY_STRATEGY = "LeastLoaded";

  private final World world;
  private final Turns turns;
  private final Segment segment;
  private final Absences absences;
  private final Relocations relocations;
  private final Map<Integer, List<Location>> locations = new TreeMap<>();
  private final Map<Integer, Known> known = new TreeMap<>();
  private final Map<Integer, List<Known>> copies = new TreeMap<>();
  private final Map<String, OriginState> origins = new HashMap<>();

  Shards(Bench bench, Segment segment) {
    world = bench.world();
    turns = bench.turns();
    this.segment = segment;
    absences = bench.absences();
    relocations = bench.relocations();
    segment
        .locations()
        .forEach(location ->
            locations.computeIfAbsent(location.index(), _ -> new ArrayList<>()).add(location));
  }

  Collection<Known> known() {
    return known.values();
  }

  Known get(int index) {
    var shard = known.get(index);
    if (shard == null) {
      throw new IllegalStateException("nobody looked at shard " + index);
    }
    return shard;
  }

  /// A shard was mended, in place of a copy of it or beside one that is absent.
  void learn(Known shard) {
    var before = get(shard.index());
    var rows = new ArrayList<>(locations.getOrDefault(shard.index(), List.of()));
    var seen = new ArrayList<>(copies.getOrDefault(shard.index(), List.of()));
    if (!before.isAbsent()) {
      rows.remove(before.location());
      seen.remove(before);
    }
    rows.add(shard.location());
    seen.add(shard);
    locations.put(shard.index(), rows);
    copies.put(shard.index(), seen);
    known.put(shard.index(), shard);
  }

  /// How good the origin of a shard is to read from.
  Rank rank(Known shard) {
    return Rank.of(origins.get(shard.location().originId()));
  }

  /// What is known of every copy of a shard.
  List<Known> copies(int index) {
    return List.copyOf(copies.getOrDefault(index, List.of()));
  }

  /// The row of a copy was dropped, and another stayed.
  void forget(int index, String attemptId) {
    var rows = new ArrayList<>(locations.getOrDefault(index, List.of()));
    rows.removeIf(at -> at.attemptId().equals(attemptId));
    locations.put(index, rows);
    var left =
        copies(index).stream()
            .filter(copy -> !copy.location().attemptId().equals(attemptId))
            .sorted(Known.TELLING_FIRST)
            .toList();
    copies.put(index, left);
    known.put(index, left.getFirst());
  }

  /// The segment with the rows of sound copies alone.
  Segment sound() {
    var rows =
        copies.values().stream()
            .flatMap(List::stream)
            .filter(Known::isHealthy)
            .map(Known::location)
            .toList();
    return new Segment(
        segment.ordinal(),
        segment.writeId(),
        segment.offset(),
        segment.sizeBytes(),
        segment.layout(),
        segment.footerBytes(),
        segment.footerSha256(),
        segment.shardSha256(),
        segment.shardBytes(),
        rows);
  }

  String name(Location location) {
    return Names.shard(
        WriteId.parse(segment.writeId()), location.index(), WriteId.parse(location.attemptId()));
  }

  boolean allDeep() {
    return isComplete() && known.values().stream().allMatch(Known::deep);
  }

  boolean isComplete() {
    return known.size() == segment.layout().shards()
        && known.values().stream().allMatch(Known::isHealthy);
  }

  long present() {
    return known.values().stream().filter(Known::isHealthy).count();
  }

  /// The first look: deep at what was reported (at everything, if nothing was), and at the rest
  /// whether it is there.
  Future<Void> look(HealTask task) {
    var reported = new HashSet<Integer>();
    task.known().forEach(damage -> reported.add(damage.shardIndex()));
    return refreshOrigins()
        .compose(_ -> {
          var looks = new ArrayList<Future<Void>>();
          for (int index = 0; index < segment.layout().shards(); index++) {
            looks.add(look(index, isSuspect(task, reported, index) ? Depth.DEEP : Depth.QUICK));
          }
          return Future.all(looks).mapEmpty();
        });
  }

  /// Where a copy is to be dropped, all copies of that shard are looked at.
  private boolean isSuspect(HealTask task, Set<Integer> reported, int index) {
    return switch (task.cause()) {
      case Claim.SURPLUS ->
          locations.getOrDefault(index, List.of()).size() > 1 || reported.contains(index);
      case Claim.RELAY, Claim.DRAIN, Claim.REBALANCE -> reported.contains(index);
      default -> reported.isEmpty() || reported.contains(index);
    };
  }

  Future<Void> lookAll(Collection<Integer> indexes, Depth depth) {
    var looks = new ArrayList<Future<Void>>();
    indexes.forEach(index -> looks.add(look(index, depth)));
    return Future.all(looks).mapEmpty();
  }

  private Future<Void> refreshOrigins() {
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
        .map(found -> {
          origins.clear();
          found.origins().forEach(origin -> origins.put(origin.id(), origin));
          return null;
        });
  }

  private Future<Void> look(int index, Depth depth) {
    var rows = locations.getOrDefault(index, List.of());
    if (rows.isEmpty()) {
      // No row, so nothing that a new copy could be swapped for.
      var nowhere = new Location(index, "", "", "", false);
      known.put(index, Known.of(nowhere, Evidence.UNKNOWN, false, "it has no row"));
      return Future.succeededFuture();
    }
    var looks = rows.stream().map(location -> lookAt(location, depth)).toList();
    return Future.all(looks)
        .map(_ -> {
          var seen = looks.stream().map(Future::result).sorted(Known.TELLING_FIRST).toList();
          copies.put(index, seen);
          known.put(index, seen.getFirst());
          return null;
        });
  }

  private Future<Known> lookAt(Location location, Depth depth) {
    var certain =
        relocations.isRemoved(location.originId())
            ? Known.of(location, Evidence.MISSING, true, "its origin was removed")
            : Known.withoutLook(location, origins.get(location.originId()));
    var look = certain == null ? verify(location, depth) : Future.succeededFuture(certain);
    return look.map(shard -> {
      boolean unseen = !shard.isHealthy() && !shard.isDamaged();
      return unseen && absences.isAbsent(location.originId(), segment.layout())
          ? shard.absent()
          : shard;
    });
  }

  /// What one place holds; what cannot be asked is unreachable.
  Future<Known> verify(Location location, Depth depth) {
    boolean whole = depth == Depth.DEEP || depth == Depth.FORENSIC;
    var turn =
        whole
            ? turns.take(location.originId(), segment.shardBytes())
            : Future.<Void>succeededFuture();
    return turn.compose(_ ->
            world
                .bus()
                .ask(
                    OriginContract.VERIFY_SHARD.at(location.originId()),
                    new VerifyShard(
                        name(location),
                        location.incarnation(),
                        depth,
                        location.packed(),
                        turns.bytesPerSecond())))
        .map(finding -> Known.of(segment, location, finding, depth))
        .otherwise(
            cause -> Known.of(location, Evidence.UNREACHABLE, false, Failure.from(cause).text()));
  }

  /// Where the targets can be written: where they were, if that place can be used, else on origins
  /// that hold nothing of this segment. Targets without a place are left out.
  ///
  /// @param refused origins that just failed
  Future<Map<Integer, OriginState>> place(List<Integer> targets, Set<String> refused) {
    return refreshOrigins()
        .compose(_ -> {
          var places = new LinkedHashMap<Integer, OriginState>();
          var homeless = new ArrayList<Integer>();
          for (int index : targets) {
            var home = origins.get(get(index).location().originId());
            boolean stays =
                home != null
                    && canTake(home)
                    && !refused.contains(home.id())
                    && !relocations.isLeaving(home.id());
            if (home != null && stays && !get(index).isAbsent()) {
              places.put(index, home);
            } else {
              homeless.add(index);
            }
          }
          if (homeless.isEmpty()) {
            return Future.succeededFuture(places);
          }
          return placeElsewhere(homeless, refused, places);
        });
  }

  /// Sound shards that lie where they are to be moved from.
  List<Integer> leaving() {
    return known.values().stream()
        .filter(shard -> shard.isHealthy() && relocations.isLeaving(shard.location().originId()))
        .map(Known::index)
        .toList();
  }

  /// Whether a shard lies where it is to be moved from, and cannot be read now.
  boolean isStuck() {
    return known.values().stream()
        .anyMatch(
            shard -> !shard.isHealthy() && relocations.isLeaving(shard.location().originId()));
  }

  /// The move that evens out most; empty if there is none.
  Map<Integer, OriginState> evened() {
    var move = relocations.choose(known.values(), origins.values(), segment.shardBytes());
    return move == null ? Map.of() : Map.of(move.index(), move.to());
  }

  /// What is absent keeps no failure domain taken: it is not there.
  private Set<String> occupied(List<Integer> homeless) {
    var occupied = new HashSet<String>();
    copies.forEach((index, seen) -> {
      for (var copy : seen) {
        boolean leaves = homeless.contains(index) && copy.equals(known.get(index));
        if (!leaves && !copy.isAbsent()) {
          occupied.add(copy.location().originId());
        }
      }
    });
    return occupied;
  }

  private Future<Map<Integer, OriginState>> placeElsewhere(
      List<Integer> homeless, Set<String> refused, Map<Integer, OriginState> places) {
    var avoid = new HashSet<>(refused);
    avoid.addAll(occupied(homeless));
    long spread = WriteId.parse(segment.writeId()).counter();
    var wish =
        new Place(
            homeless.size(),
            avoid.stream().sorted().toList(),
            ANY_STRATEGY,
            segment.shardBytes(),
            spread,
            null,
            true);
    return world
        .bus()
        .ask(OriginContract.PLACE, wish)
        .map(placement -> {
          int next = 0;
          for (var ref : placement.origins()) {
            var origin = origins.get(ref.originId());
            if (next < homeless.size()
                && origin != null
                && ref.incarnation().equals(origin.incarnation())) {
              places.put(homeless.get(next++), origin);
            }
          }
          return places;
        });
  }

  static boolean canTake(OriginState origin) {
    return origin.marker().equals(OURS)
        && origin.incarnation() != null
        && origin.writable()
        && !origin.health().equals(UNHEALTHY);
  }
}
