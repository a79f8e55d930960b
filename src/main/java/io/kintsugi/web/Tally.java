package io.kintsugi.web;

import io.kintsugi.contract.MetricsContract;
import io.kintsugi.kernel.World;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Counts the requests and bytes of one edge, and tells of them once a second.
public final class Tally {
  private static final Duration PERIOD = Duration.ofSeconds(1);

  /// Anything else a client may invent counts as one.
  private static final Set<String> METHODS = Set.of("GET", "HEAD", "PUT", "POST", "DELETE");

  private final World world;
  private final String edge;
  private Map<String, Long> counts = new HashMap<>();

  public Tally(World world, String edge) {
    this.world = world;
    this.edge = edge;
    world.every(PERIOD, this::tell);
  }

  public void request(String method, int status, long nanos) {
    var label = "{method=\"" + (METHODS.contains(method) ? method : "other") + "\"";
    add("requests_total" + label + ",status=\"" + status / 100 + "xx\"}", 1);
    add("request_duration_millis_total" + label + "}", Duration.ofNanos(nanos).toMillis());
  }

  public void bytes(long received, long sent) {
    add("received_bytes_total", received);
    add("sent_bytes_total", sent);
  }

  private void add(String name, long increment) {
    counts.merge(name, increment, Long::sum);
  }

  private void tell() {
    if (!counts.isEmpty()) {
      var told = counts;
      counts = new HashMap<>();
      world.bus().publish(MetricsContract.USAGE, new MetricsContract.Usage(edge, told));
    }
  }
}
