package io.kintsugi.s3;

import io.kintsugi.contract.MetricsContract;
import io.kintsugi.kernel.World;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Counts requests and bytes, and tells of them once a second.
final class Tally {
  private static final Duration PERIOD = Duration.ofSeconds(1);

  /// Anything else a client may invent counts as one.
  private static final Set<String> METHODS = Set.of("GET", "HEAD", "PUT", "POST", "DELETE");

  private final World world;
  private Map<String, Long> counts = new HashMap<>();

  Tally(World world) {
    this.world = world;
    world.every(PERIOD, this::tell);
  }

  void request(String method, int status, long inBytes, long outBytes, long nanos) {
    var label = "{method=\"" + (METHODS.contains(method) ? method : "other") + "\"";
    add("requests_total" + label + ",status=\"" + status / 100 + "xx\"}", 1);
    add("request_duration_millis_total" + label + "}", Duration.ofNanos(nanos).toMillis());
    add("received_bytes_total", inBytes);
    add("sent_bytes_total", outBytes);
  }

  private void add(String name, long increment) {
    counts.merge(name, increment, Long::sum);
  }

  private void tell() {
    if (!counts.isEmpty()) {
      var told = counts;
      counts = new HashMap<>();
      world.bus().publish(MetricsContract.USAGE, new MetricsContract.Usage("s3", told));
    }
  }
}
