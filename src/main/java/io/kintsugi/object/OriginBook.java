package io.kintsugi.object;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The origins as they were last heard of: a hint for choosing well, never a reason to believe
/// bytes or to call them damaged.
final class OriginBook {
  private static final Logger LOG = LoggerFactory.getLogger(OriginBook.class);
  private static final long FRESH_NANOS = 10_000_000_000L;
  private static final long LIST_TIMEOUT_MILLIS = 5_000;

  private final World world;
  private final Map<String, OriginState> states = new HashMap<>();
  private boolean listed;
  private long askedNanos;

  OriginBook(World world) {
    this.world = world;
    world.bus().listen(OriginContract.ORIGIN_CHANGED, state -> states.put(state.id(), state));
  }

  /// Done when something is known, or cannot be known now.
  Future<Void> ready() {
    if (!listed) {
      return refresh();
    }
    if (world.nanos() - askedNanos > FRESH_NANOS) {
      refresh();
    }
    return Future.succeededFuture();
  }

  private Future<Void> refresh() {
    askedNanos = world.nanos();
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins(), LIST_TIMEOUT_MILLIS)
        .onSuccess(answer -> {
          listed = true;
          states.clear();
          answer.origins().forEach(state -> states.put(state.id(), state));
        })
        .onFailure(cause -> LOG.debug("origins are not listed now: {}", cause.getMessage()))
        .otherwiseEmpty()
        .mapEmpty();
  }

  Set<String> ids() {
    return Set.copyOf(states.keySet());
  }

  @Nullable OriginState find(String originId) {
    return states.get(originId);
  }

  /// Whether the row names what the origin held before it was replaced.
  boolean isGone(Location location) {
    var state = states.get(location.originId());
    return state != null
        && state.incarnation() != null
        && !state.incarnation().equals(location.incarnation());
  }
}
