package io.kintsugi.collect;

import io.kintsugi.contract.CatalogCollectContract.OriginLitter;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Pure;
import org.jspecify.annotations.Nullable;

/// Whether anything may be taken away on an origin now.
@Pure
sealed interface Admission {
  /// Under this incarnation.
  record Granted(String incarnation) implements Admission {}

  /// Not now.
  record Refused(String reason) implements Admission {}

  /// Too many names look like orphans for that to be believed.
  record Doubted(long orphans, long names) implements Admission {
    String reason() {
      return "%d of %d names would be orphans, which nobody believes unasked"
          .formatted(orphans, orphans + names);
    }
  }

  long ORPHANS_MAX = 1000;
  int ONE_IN = 5;

  /// Judges an origin.
  ///
  /// @param origin null: nobody speaks of it
  /// @param believed somebody has said that its orphans are orphans
  static Admission of(@Nullable OriginState origin, OriginLitter litter, boolean believed) {
    if (origin == null) {
      return new Refused("it is not there");
    }
    var incarnation = origin.incarnation();
    if (!origin.marker().equals("ours") || incarnation == null) {
      return new Refused("it is " + origin.marker());
    }
    if (litter.braked() != null) {
      return new Refused("it is braked: " + litter.braked());
    }
    if (origin.health().equals("unhealthy") || origin.health().equals("unknown")) {
      return new Refused("it is " + origin.health());
    }
    // Those that went into quarantine before count, else many would pass a few at a time.
    long orphans = litter.orphans() == 0 ? 0 : litter.orphans() + litter.quarantined();
    boolean many = orphans > ORPHANS_MAX;
    boolean most = orphans * ONE_IN > orphans + litter.names();
    return many && most && !believed
        ? new Doubted(orphans, litter.names())
        : new Granted(incarnation);
  }
}
