package io.kintsugi.collect;

import io.kintsugi.contract.CollectContract.Compaction;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.kintsugi.session.WriteSessions;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The compactors of all origins, and when they are due: to find out what lives in all packs costs
/// the catalog something.
final class Compactors {
  private static final Logger LOG = LoggerFactory.getLogger(Compactors.class);

  private final World world;
  private final Pace pace;
  private final int livePercent;
  private final Duration period;
  private final WriteSessions sessions;
  private final Map<String, Compactor> compactors = new HashMap<>();
  private long lastNanos;
  private boolean ever;
  private boolean due;

  /// @param livePercent packs are rewritten if less than this of them lives; 0: none is
  Compactors(World world, Pace pace, int livePercent, Duration period) {
    this.world = world;
    this.pace = pace;
    this.livePercent = livePercent;
    this.period = period;
    sessions = new WriteSessions(world, "collect");
  }

  /// A pass begins.
  void begin(boolean asked) {
    long now = world.nanos();
    due = livePercent > 0 && (asked || !ever || now - lastNanos >= period.toNanos());
    if (due) {
      lastNanos = now;
      ever = true;
    }
  }

  /// What hampers it keeps nothing else from being collected.
  Future<Void> run(String originId, Turn turn) {
    if (!due) {
      return Future.succeededFuture();
    }
    return compactors
        .computeIfAbsent(originId, id -> new Compactor(world, pace, sessions, id, livePercent))
        .run(turn)
        .recover(cause -> {
          LOG.info("origin={} not compacted: {}", originId, Failure.from(cause).text());
          return Future.succeededFuture();
        });
  }

  Compaction figures(String originId) {
    var compactor = compactors.get(originId);
    return compactor == null ? Compaction.NONE : compactor.figures();
  }

  Future<Void> close() {
    return sessions.close();
  }
}
