package io.kintsugi.origin;

import io.kintsugi.kernel.Pure;
import org.jspecify.annotations.Nullable;

/// How well an origin for plain files answers: failures in a row, of probes and of work alike.
///
/// @param checked whether it was ever probed
/// @param reason of the last failure; null when well
/// @param starved why it could not be asked since, which is not its fault
@Pure
record FileHealth(
    boolean checked, int failures, @Nullable String reason, @Nullable String starved) {
  static final FileHealth UNKNOWN = new FileHealth(false, 0, null, null);

  private static final int LOCAL_THRESHOLD = 1;
  private static final int REMOTE_THRESHOLD = 3;

  FileHealth probeSucceeded() {
    return new FileHealth(true, 0, null, null);
  }

  FileHealth probeFailed(String why) {
    return new FileHealth(true, failures + 1, why, null);
  }

  FileHealth workFailed(String why) {
    return new FileHealth(checked, failures + 1, why, starved);
  }

  /// Nobody could ask it, so nothing is known that is new: it is no better than degraded.
  FileHealth starved(String why) {
    return new FileHealth(checked, failures, reason, why);
  }

  @Nullable String told() {
    return reason == null ? starved : reason;
  }

  /// @param hampered it answers, but does not do all it should
  String word(String kind, boolean hampered) {
    if (!checked) {
      return "unknown";
    }
    int threshold = kind.equals("local") ? LOCAL_THRESHOLD : REMOTE_THRESHOLD;
    if (failures >= threshold) {
      return "unhealthy";
    }
    return failures > 0 || starved != null || hampered ? "degraded" : "healthy";
  }
}
