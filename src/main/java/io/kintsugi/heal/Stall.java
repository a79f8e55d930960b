package io.kintsugi.heal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What holds the rebuild of absent origins up.
final class Stall {
  static final String NO_SPARE_DOMAIN = "NO_SPARE_DOMAIN";
  static final String TOO_MANY_ABSENT = "TOO_MANY_ABSENT";

  private int needed;
  private long segments;
  private @Nullable String code;
  private @Nullable String message;

  /// How many origins are absent and hold a shard that lies on none but these.
  int needed() {
    return needed;
  }

  void need(int origins) {
    needed = origins;
  }

  long segments() {
    return segments;
  }

  @Nullable String code() {
    return code;
  }

  @Nullable String message() {
    return message;
  }

  /// Takes note of how it stands; true if that is something else than before.
  boolean meet(AbsenceSweep.Rebuilds found, List<String> absent) {
    var before = message;
    needed = found.needed();
    var who = String.join(", ", absent);
    if (found.held() > 0) {
      code = TOO_MANY_ABSENT;
      segments = found.held();
      message =
          "%s: %d origins are absent at once (%s), more than %s can lose: nothing of them is rebuilt"
              .formatted(code, needed, who, count(segments));
    } else if (found.waiting() > 0) {
      code = NO_SPARE_DOMAIN;
      segments = found.waiting();
      message =
          "%s: %s without a shard (absent: %s) and no failure domain free for it"
              .formatted(code, count(segments), who);
    } else {
      code = null;
      segments = 0;
      message = null;
    }
    return before == null ? message != null : !before.equals(message);
  }

  private static String count(long segments) {
    return segments + (segments == 1 ? " segment" : " segments");
  }
}
