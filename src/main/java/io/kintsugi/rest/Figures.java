package io.kintsugi.rest;

import io.kintsugi.kernel.Pure;
import java.util.List;

/// Numbers as bodies show them.
@Pure
final class Figures {
  /// As the counts of [io.kintsugi.contract.CatalogScanContract.Issues] are ordered.
  static final List<String> SEVERITIES = List.of("low", "medium", "high", "critical");

  private static final double HUNDREDTHS = 100;
  private static final double MILLIS_PER_SECOND = 1_000;

  private Figures() {}

  static double seconds(long millis) {
    return millis / MILLIS_PER_SECOND;
  }

  /// To hundredths, rounded down so that nothing is called complete early; JSON has no NaN.
  static double rounded(double value) {
    return Double.isFinite(value) ? Math.floor(value * HUNDREDTHS) / HUNDREDTHS : 0;
  }
}
