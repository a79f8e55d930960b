package io.kintsugi.scan;

import io.kintsugi.contract.PolicyContract.ScanPolicy;
import io.kintsugi.contract.Priority;
import io.kintsugi.kernel.Pure;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// Decides when a scan begins that nobody asked for.
@Pure
final class Unasked {
  /// A scan to begin.
  record Due(ScanPlan plan, Priority priority) {}

  private Unasked() {}

  /// A scan that is open.
  ///
  /// @param fresh it has not begun to walk
  record Open(ScanPlan plan, boolean fresh) {}

  /// Whether a scan that will see everything anew is on its way already.
  static boolean isReplaceComing(Collection<Open> open) {
    return open.stream()
        .anyMatch(scan -> scan.fresh() && scan.plan().cause().equals(ScanPlan.REPLACE));
  }

  /// What an origin under a new incarnation calls for: all that lay on it counts as missing, and
  /// one quick scan finds all of it.
  static Due afterReplace() {
    return new Due(ScanPlan.whole("Quick", true, ScanPlan.REPLACE), Priority.HIGH);
  }

  /// The scan whose time has come, or null.
  ///
  /// @param lastEnded when everything was last looked at
  /// @param chance 0 to 1, drawn anew for every decision
  static @Nullable Due byInterval(
      ScanPolicy policy, Instant lastEnded, Instant now, Collection<Open> open, double chance) {
    var due = lastEnded.plusMillis(policy.defaultScanIntervalMillis());
    if (now.isBefore(due) || open.stream().anyMatch(scan -> scan.plan().isWhole())) {
      return null;
    }
    var mode = chance < policy.deepScanProbability() ? "Deep" : policy.defaultScanMode();
    var plan = ScanPlan.whole(mode, !policy.skipSystemObjects(), ScanPlan.INTERVAL);
    return new Due(plan, Priority.LOW);
  }
}
