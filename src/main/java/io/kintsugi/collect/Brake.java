package io.kintsugi.collect;

import io.kintsugi.contract.CatalogCollectContract.Verdict;
import io.kintsugi.contract.CatalogCollectContract.Verdicts;
import io.kintsugi.kernel.Pure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// When too much on one origin was found damaged for anything to be taken away there: what looks
/// like rot may be a mistake of whoever judges, or the beginning of the end of a disk.
@Pure
final class Brake {
  /// How many shards are weighed, the last ones verified.
  private static final int WINDOW = 1000;

  private static final int BAD_MAX = 100;
  private static final int ONE_IN = 20;

  private Brake() {}

  /// Why an origin is to be braked; null if it is not.
  ///
  /// @param verdicts on it, latest first
  static @Nullable String reason(List<Verdict> verdicts) {
    long verified = 0;
    long bad = 0;
    for (var verdict : verdicts) {
      if (verified >= WINDOW) {
        break;
      }
      verified += verdict.verified();
      bad += verdict.bad();
    }
    return bad > BAD_MAX && bad * ONE_IN > verified
        ? bad + " of the last " + verified + " verified shards were corrupt or stale"
        : null;
  }

  /// Why what was found since an origin was braked does not say that it is sound again; null if it
  /// does: as many shards as are weighed, or as lie there, were verified, and few of them are bad.
  static @Nullable String objection(Verdicts found) {
    long verified = 0;
    long bad = 0;
    for (var verdict : found.verdicts().subList(0, found.sinceBraked())) {
      verified += verdict.verified();
      bad += verdict.bad();
    }
    long wanted = Math.min(WINDOW, found.names());
    if (verified < wanted) {
      return "of %d shards that must be verified there first, %d were".formatted(wanted, verified);
    }
    return bad * ONE_IN > verified
        ? "%d of %d shards that were verified since are corrupt or stale".formatted(bad, verified)
        : null;
  }
}
