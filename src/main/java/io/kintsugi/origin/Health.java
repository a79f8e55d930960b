package io.kintsugi.origin;

import io.kintsugi.kernel.Pure;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How well an origin answers: failures in a row, of probes and of ordinary work alike.
///
/// @param checked whether it was ever probed
/// @param reason of the last failure
@Pure
record Health(boolean checked, int failures, @Nullable String reason) {
  static final Health UNKNOWN = new Health(false, 0, null);

  private static final int LOCAL_THRESHOLD = 1;
  private static final int REMOTE_THRESHOLD = 3;

  /// In words, best first.
  enum Word {
    HEALTHY,
    DEGRADED,
    UNHEALTHY,
    UNKNOWN;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    boolean isUsable() {
      return this == HEALTHY || this == DEGRADED;
    }
  }

  /// Failures in a row that make an origin unhealthy.
  static int threshold(String kind) {
    return kind.equals("local") ? LOCAL_THRESHOLD : REMOTE_THRESHOLD;
  }

  Health probeSucceeded() {
    return new Health(true, 0, null);
  }

  Health probeFailed(String why) {
    return new Health(true, failures + 1, why);
  }

  Health workFailed(String why) {
    return new Health(checked, failures + 1, why);
  }

  /// @param hampered it answers, but does not do all it should (full, read-only)
  Word word(int threshold, boolean hampered) {
    if (!checked) {
      return Word.UNKNOWN;
    }
    if (failures >= threshold) {
      return Word.UNHEALTHY;
    }
    return failures > 0 || hampered ? Word.DEGRADED : Word.HEALTHY;
  }
}
