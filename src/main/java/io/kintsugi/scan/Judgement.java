package io.kintsugi.scan;

import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogScanContract.SegmentRow;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Compares what the catalog says of a leaf with what lies on the origins. It errs to one side
/// only: what could not be seen is never healthy, and never damage either.
@Pure
final class Judgement {
  private static final String OURS = "ours";

  private Judgement() {}

  /// What a look at one leaf of one origin brought.
  ///
  /// @param trusted the look came to its end and the marker verified after it: what was not seen is
  ///   not there, and what was seen is this origin's
  /// @param findings by name
  record OriginLook(boolean trusted, Map<String, ShardFinding> findings) {
    static final OriginLook NONE = new OriginLook(false, Map.of());
  }

  /// One shard and what is known of it.
  record Shard(
      Location location,
      Evidence evidence,
      boolean manifestOnly,
      boolean manifestMissing,
      String detail) {
    Damage damage(String writeId) {
      return new Damage(
          writeId,
          location.index(),
          location.attemptId(),
          location.originId(),
          evidence,
          manifestOnly,
          detail);
    }

    /// Whether anything was learnt.
    boolean isJudged() {
      return evidence == Evidence.HEALTHY || evidence.isDamage();
    }
  }

  /// One segment and what is known of each of its shards.
  record Judged(SegmentRow row, List<Shard> shards) {
    Judged {
      shards = List.copyOf(shards);
    }

    boolean isDamaged() {
      return shards.stream().anyMatch(shard -> shard.evidence().isDamage());
    }

    /// Origins of the shards of which nothing was learnt, one for each.
    List<String> unjudged() {
      return shards.stream()
          .filter(shard -> !shard.isJudged())
          .map(shard -> shard.location().originId())
          .toList();
    }

    List<Damage> damages() {
      var writeId = row.segment().writeId();
      return shards.stream()
          .filter(shard -> shard.evidence().isDamage())
          .map(shard -> shard.damage(writeId))
          .toList();
    }
  }

  /// Where a shard's file lies on its origin.
  static String name(Segment segment, Location location) {
    return Names.shard(
        WriteId.parse(segment.writeId()), location.index(), WriteId.parse(location.attemptId()));
  }

  static boolean isOurs(@Nullable OriginState origin) {
    return origin != null && origin.marker().equals(OURS) && origin.incarnation() != null;
  }

  static Judged judge(
      SegmentRow row,
      Map<String, OriginState> origins,
      Map<String, OriginLook> looks,
      Depth depth) {
    var shards = new ArrayList<Shard>();
    for (var location : row.segment().locations()) {
      var look = looks.getOrDefault(location.originId(), OriginLook.NONE);
      shards.add(judge(row.segment(), location, origins.get(location.originId()), look, depth));
    }
    return new Judged(row, shards);
  }

  static Shard judge(
      Segment segment,
      Location location,
      @Nullable OriginState origin,
      OriginLook look,
      Depth depth) {
    if (!location.landed()) {
      return shard(location, Evidence.MISSING, "it was never written there");
    }
    if (origin == null || !isOurs(origin)) {
      return shard(location, Evidence.UNREACHABLE, "its origin cannot be used now");
    }
    if (!location.incarnation().equals(origin.incarnation())) {
      return shard(location, Evidence.MISSING, "its origin was replaced");
    }
    var finding = look.findings().get(name(segment, location));
    if (finding == null) {
      return look.trusted()
          ? shard(location, Evidence.MISSING, "no such name on its origin")
          : shard(location, Evidence.UNREACHABLE, "its origin did not answer to the end");
    }
    var found = weigh(segment, location, finding, depth);
    // Damage seen while the marker did not verify may be another disk's.
    return found.evidence().isDamage() && !look.trusted()
        ? shard(location, Evidence.UNREACHABLE, "its origin was not proven to be ours")
        : found;
  }

  /// What one finding says of the shard that the catalog expects.
  static Shard weigh(Segment segment, Location location, ShardFinding finding, Depth depth) {
    var detail = detail(location, finding);
    if (finding.evidence() != Evidence.HEALTHY) {
      // A shard cut off within its blocks has lost more than its manifest.
      boolean blocksThere =
          finding.manifestOnly()
              || finding.sizeBytes() == segment.shardBytes() - segment.footerBytes();
      return new Shard(
          location,
          finding.evidence(),
          finding.manifestOnly(),
          finding.manifestMissing() && blocksThere,
          detail);
    }
    if (finding.sizeBytes() != segment.shardBytes()) {
      return shard(
          location,
          Evidence.CORRUPT,
          "it has " + finding.sizeBytes() + " bytes and should have " + segment.shardBytes());
    }
    if (depth == Depth.QUICK) {
      return shard(location, Evidence.HEALTHY, detail);
    }
    var footer = finding.footerSha256();
    if (footer == null) {
      return shard(location, Evidence.UNKNOWN, "its footer was not read");
    }
    return footer.equals(segment.footerSha256())
        ? shard(location, Evidence.HEALTHY, detail)
        : new Shard(
            location,
            Evidence.CORRUPT,
            depth != Depth.NORMAL,
            false,
            "its footer is not the one that was committed");
  }

  /// What was found, with the pack in which.
  private static String detail(Location location, ShardFinding finding) {
    var detail = finding.detail() == null ? "" : finding.detail();
    var packed = location.packed();
    return packed == null || detail.contains(packed.pack())
        ? detail
        : detail + " (" + packed.pack() + " at " + packed.offset() + ")";
  }

  /// Names that lie in a leaf of an origin and that no row there points to, ascending.
  static List<String> unreferenced(String originId, List<SegmentRow> rows, OriginLook look) {
    var known = new HashSet<String>();
    for (var row : rows) {
      for (var location : row.segment().locations()) {
        if (location.originId().equals(originId) && location.packed() == null) {
          known.add(name(row.segment(), location));
        }
      }
    }
    return look.findings().keySet().stream()
        .filter(name -> !known.contains(name))
        .sorted()
        .toList();
  }

  /// Origins on which every shard that the rows expect was judged by a look that can be trusted:
  /// only they count as covered.
  static List<String> covered(List<Judged> judged, Map<String, OriginLook> looks) {
    Set<String> open = new HashSet<>();
    for (var segment : judged) {
      for (var shard : segment.shards()) {
        if (!shard.isJudged()) {
          open.add(shard.location().originId());
        }
      }
    }
    return new TreeMap<>(looks)
        .entrySet().stream()
            .filter(look -> look.getValue().trusted() && !open.contains(look.getKey()))
            .map(Map.Entry::getKey)
            .toList();
  }

  /// How a look that the catalog's present row puts right must be read: shards that moved since
  /// have the new location and are unknown until somebody looks there.
  static Judged refresh(Judged judged, SegmentRow present) {
    var shards = new ArrayList<Shard>();
    for (var location : present.segment().locations()) {
      var known =
          judged.shards().stream()
              .filter(shard -> isSamePlace(shard.location(), location))
              .findFirst();
      shards.add(known.orElseGet(() -> shard(location, Evidence.UNKNOWN, "it has just moved")));
    }
    return new Judged(present, shards);
  }

  private static boolean isSamePlace(Location seen, Location present) {
    return seen.equals(present);
  }

  private static Shard shard(Location location, Evidence evidence, String detail) {
    return new Shard(location, evidence, false, false, detail);
  }
}
