package io.kintsugi.tree;

import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.ListFileOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.kintsugi.route.Rank;
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

  /// Why there is no use in asking this one now; null: ask. One that is unhealthy but answers, as
  /// after a time of coming and going, may be the only one that has a file.
  @Nullable String silence(String id) {
    var state = states.get(id);
    if (state == null) {
      return "it is not registered for plain files";
    }
    if (!state.health().equals("unhealthy") || state.consecutiveFailures() == 0) {
      return null;
    }
    return state.reason() == null ? "it is unhealthy" : state.reason();
  }

  /// From which copy to read first: healthy ones before degraded, these before the least bad; then
  /// priority, then latency.
  Comparator<Seen> nearestFirst() {
    return Comparator.<Seen, Rank>comparing(this::rank).thenComparingInt(Seen::order);
  }

  private Rank rank(Seen seen) {
    int priority = seen.source().priority();
    var state = states.get(seen.source().originId());
    if (state == null) {
      return new Rank(Rank.Tier.UNHEALTHY, Integer.MAX_VALUE, priority, Double.MAX_VALUE);
    }
    var tier =
        switch (state.health()) {
          case "healthy" -> Rank.Tier.HEALTHY;
          case "unhealthy" -> Rank.Tier.UNHEALTHY;
          default -> Rank.Tier.DEGRADED;
        };
    return new Rank(tier, state.consecutiveFailures(), priority, state.latencyP50Millis());
  }
}
