package io.kintsugi.scan;

import io.kintsugi.contract.CatalogScanContract.SegmentRow;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.kernel.Pure;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What a scan is to look at, as it was asked for; kept as JSON with the scan.
///
/// @param mode Quick, Normal or Deep
/// @param buckets empty: all
/// @param cause asked, interval or replace
@Pure
record ScanPlan(
    String strategy,
    String mode,
    List<String> buckets,
    boolean includeSystemObjects,
    @Nullable Long maxObjects,
    String cause) {
  static final String FULL = "Full";
  static final String ASKED = "asked";
  static final String INTERVAL = "interval";
  static final String REPLACE = "replace";

  /// The ways to choose what a scan looks at that only have a name so far.
  static final List<String> LATER_STRATEGIES = List.of("Incremental", "Smart", "Targeted");

  static final List<String> MODES = List.of("Quick", "Normal", "Deep");

  /// Names that begin so belong to the system; no client can make such a bucket.
  private static final String SYSTEM_PREFIX = ".";

  ScanPlan {
    buckets = List.copyOf(buckets);
  }

  /// A scan of the whole store.
  static ScanPlan whole(String mode, boolean includeSystemObjects, String cause) {
    return new ScanPlan(FULL, mode, List.of(), includeSystemObjects, null, cause);
  }

  /// The mode by its word in any case, or null.
  static @Nullable String mode(String word) {
    for (String mode : MODES) {
      if (mode.equalsIgnoreCase(word)) {
        return mode;
      }
    }
    return null;
  }

  Depth depth() {
    return Depth.valueOf(mode.toUpperCase(Locale.ROOT));
  }

  /// How coverage of this depth is called.
  String depthWord() {
    return mode.toLowerCase(Locale.ROOT);
  }

  /// Whether a completed scan of this plan has looked at everything.
  boolean isWhole() {
    return buckets.isEmpty() && maxObjects == null;
  }

  boolean wants(SegmentRow row) {
    return (buckets.isEmpty() || buckets.contains(row.bucket()))
        && (includeSystemObjects || !row.bucket().startsWith(SYSTEM_PREFIX));
  }
}
