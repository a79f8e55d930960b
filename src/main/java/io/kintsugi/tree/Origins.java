package io.kintsugi.tree;

import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.ListFileOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How the origins for plain files fare, as far as was heard.
final class Origins {
  private static final Logger LOG = LoggerFactory.getLogger(Origins.class);
  private static final Duration RELOAD = Duration.ofSeconds(2);

  private final World world;
  private final Map<String, OriginState> states = new HashMap<>();
  private Runnable onWell = () -> {};

  Origins(World world) {
    this.world = world;
  }

  Future<Void> start() {
    world.bus().listen(FilesContract.FILE_ORIGIN_CHANGED, this::heard);
    world.every(RELOAD, this::load);
    return load();
  }

  /// Runs whenever one that could not be asked can be again.
  void onWell(Runnable task) {
    onWell = task;
  }

  private void heard(OriginState state) {
    boolean silent = silence(state.id()) != null;
    states.put(state.id(), state);
    if (silent && silence(state.id()) == null) {
      onWell.run();
    }
  }

  /// Those that can be asked now.
  List<String> answering() {
    return states.keySet().stream().filter(id -> silence(id) == null).sorted().toList();
  }

  Future<Void> load() {
    return world
        .bus()
        .ask(FilesContract.LIST_FILE_ORIGINS, new ListFileOrigins())
        .map(found -> {
          var there = found.origins().stream().map(OriginState::id).toList();
          states.keySet().retainAll(there);
          found.origins().forEach(this::heard);
          return (Void) null;
        })
        .recover(cause -> {
          LOG.debug("origins not read again: {}", Failure.from(cause).text());
          return Future.succeededFuture();
        });
  }

  @Nullable OriginState state(String id) {
    return states.get(id);
  }

  /// Why there is no use in asking this one now; null: ask.
  @Nullable String silence(String id) {
    var state = states.get(id);
    if (state == null) {
      return "it is not registered for plain files";
    }
    if (!state.health().equals("unhealthy")) {
      return null;
    }
    return state.reason() == null ? "it is unhealthy" : state.reason();
  }

  /// From which copy to read first: healthy ones before others, then priority, then latency.
  Comparator<Seen> nearestFirst() {
    return Comparator.<Seen>comparingInt(seen -> illness(seen.source().originId()))
        .thenComparingInt(seen -> seen.source().priority())
        .thenComparingDouble(seen -> latency(seen.source().originId()))
        .thenComparingInt(Seen::order);
  }

  private int illness(String id) {
    var state = states.get(id);
    if (state == null) {
      return 2;
    }
    return switch (state.health()) {
      case "healthy" -> 0;
      case "unhealthy" -> 2;
      default -> 1;
    };
  }

  private double latency(String id) {
    var state = states.get(id);
    return state == null ? Double.MAX_VALUE : state.latencyP50Millis();
  }
}
