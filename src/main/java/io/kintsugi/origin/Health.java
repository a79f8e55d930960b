package io.kintsugi.origin;

import io.kintsugi.kernel.Pure;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How well an origin answers: failures in a row, of probes and of ordinary work alike.
///
/// @param checked whether it was ever probed
/// @param failure the last one
/// @param starved why it could not be asked since it was probed last, which is not its fault
@Pure
record Health(boolean checked, int failures, @Nullable String failure, @Nullable String starved) {
  static final Health UNKNOWN = new Health(false, 0, null, null);

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
    return new Health(true, 0, null, null);
  }

  Health probeFailed(String why) {
    return new Health(true, failures + 1, why, null);
  }

  Health workFailed(String why) {
    return new Health(checked, failures + 1, why, starved);
  }

  /// Nobody could ask it, so nothing is known that is new: it is as well as it was, and no better
  /// than degraded.
  Health starved(String why) {
    return new Health(checked, failures, failure, why);
  }

  @Nullable String reason() {
    return failure == null ? starved : failure;
  }

  /// @param hampered it answers, but does not do all it should (full, read-only)
  Word word(int threshold, boolean hampered) {
    if (!checked) {
      return Word.UNKNOWN;
    }
    if (failures >= threshold) {
      return Word.UNHEALTHY;
    }
    return failures > 0 || starved != null || hampered ? Word.DEGRADED : Word.HEALTHY;
  }
}
