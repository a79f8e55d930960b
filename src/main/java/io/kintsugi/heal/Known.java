package io.kintsugi.heal;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.Pure;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// What a repair knows of one shard.
///
/// @param manifestOnly its blocks are sound, its header or footer is not
/// @param deep every block was looked at; else it was seen to be there with the right size
@Pure
record Known(
    Location location, Evidence evidence, boolean manifestOnly, boolean deep, String detail) {
  private static final String OURS = "ours";

  /// What needs no look: null if the shard must be looked at.
  static @Nullable Known withoutLook(Location location, @Nullable OriginState origin) {
    if (!location.landed()) {
      return of(location, Evidence.MISSING, true, "it was never written there");
    }
    if (origin == null || !origin.marker().equals(OURS)) {
      return of(location, Evidence.UNREACHABLE, false, "its origin cannot be used now");
    }
    if (!location.incarnation().equals(origin.incarnation())) {
      return of(location, Evidence.MISSING, true, "its origin was replaced");
    }
    return null;
  }

  static Known of(Location location, Evidence evidence, boolean deep, String detail) {
    return new Known(location, evidence, false, deep, detail);
  }

  /// What a finding says of a shard of this segment.
  static Known of(Segment segment, Location location, ShardFinding finding, Depth depth) {
    boolean deep = depth == Depth.DEEP || depth == Depth.FORENSIC;
    var detail = finding.detail() == null ? "" : finding.detail();
    if (finding.evidence() != Evidence.HEALTHY) {
      boolean gone = finding.evidence() == Evidence.MISSING;
      return new Known(location, finding.evidence(), finding.manifestOnly(), deep || gone, detail);
    }
    if (finding.sizeBytes() != segment.shardBytes()) {
      return of(location, Evidence.CORRUPT, deep, "it has the wrong size");
    }
    if (depth == Depth.QUICK) {
      return of(location, Evidence.HEALTHY, false, detail);
    }
    if (finding.footerSha256() == null) {
      return of(location, Evidence.UNKNOWN, deep, "its footer was not read");
    }
    return segment.footerSha256().equals(finding.footerSha256())
        ? of(location, Evidence.HEALTHY, deep, detail)
        : new Known(
            location, Evidence.CORRUPT, deep, deep, "its footer is not the one that was committed");
  }

  /// The same, if its origin has been away for too long.
  Known absent() {
    return of(location, Evidence.ABSENT, false, "its origin is absent: " + detail);
  }

  boolean isAbsent() {
    return evidence == Evidence.ABSENT;
  }

  /// Of two copies of a shard the one that decides what is done: one that is sound, or else one
  /// that can be mended in its place. A shard is absent only if nothing else is known of it.
  static final Comparator<Known> TELLING_FIRST =
      Comparator.comparing((Known copy) -> !copy.isHealthy())
          .thenComparing(copy -> !copy.isDamaged() || copy.isAbsent())
          .thenComparing(Known::isAbsent)
          .thenComparing(copy -> !copy.manifestOnly())
          .thenComparing(copy -> !copy.deep())
          .thenComparing(copy -> copy.location().attemptId());

  int index() {
    return location.index();
  }

  boolean isHealthy() {
    return evidence == Evidence.HEALTHY;
  }

  boolean isDamaged() {
    return evidence.isDamage();
  }

  /// Whether its blocks may be built from, each after a check of its own.
  boolean hasBlocks() {
    return isHealthy() || (evidence == Evidence.CORRUPT && manifestOnly);
  }
}
