package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;

/// How far the heals are that follow a scan: told by how many further losses each object survives.
final class Drain {
  /// Between two heals the healer may be idle for a moment.
  private static final int QUIET_LOOKS = 4;

  private final Api api;
  private final long lost;
  private long total;
  private long full;
  private int quietLooks;

  /// @param lost how many objects cannot be healed
  Drain(Api api, long lost) {
    this.api = api;
    this.lost = lost;
  }

  /// Looks; whether everything that can be healed is.
  boolean look() {
    total = 0;
    full = 0;
    for (var bucket : api.get("/api/v1/standing").path("buckets")) {
      for (var spare : bucket.path("objects_by_spare").properties()) {
        total += spare.getValue().asLong();
        if (Integer.parseInt(spare.getKey()) >= parity(bucket)) {
          full += spare.getValue().asLong();
        }
      }
    }
    boolean quiet =
        full + lost >= total
            && api.get("/status/health").at("/subsystems/heal/status").asText().equals("Idle");
    quietLooks = quiet ? quietLooks + 1 : 0;
    return quietLooks >= QUIET_LOOKS;
  }

  private static int parity(JsonNode bucket) {
    var layout = BucketsCommand.layout(bucket.path("layout"));
    return Integer.parseInt(layout.substring(layout.indexOf('+') + 1));
  }

  double fraction() {
    return total == 0 ? 0 : (double) full / total;
  }

  String detail() {
    return "%d of %d objects whole".formatted(full, total);
  }
}
