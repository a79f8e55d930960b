package io.kintsugi.heal;

import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads back what was written, before anything points to it.
final class ReadBack {
  private static final Logger LOG = LoggerFactory.getLogger(ReadBack.class);

  private final World world;
  private final long taskId;
  private final Shards shards;
  private long nanos;

  ReadBack(World world, Claim claim, Shards shards) {
    this.world = world;
    taskId = claim.task().taskId();
    this.shards = shards;
  }

  /// How long it took, all in all.
  long nanos() {
    return nanos;
  }

  /// Looks at every byte of them.
  ///
  /// @param refused told of each origin that does not give back what was written there
  /// @return those that are what they should be
  Future<List<Target>> of(List<Target> written, Consumer<String> refused) {
    long began = world.nanos();
    var good = new ArrayList<Target>();
    var looks = new ArrayList<Future<?>>();
    for (var target : written) {
      looks.add(
          shards
              .verify(target.location(), Depth.FORENSIC)
              .onSuccess(seen -> {
                if (seen.isHealthy()) {
                  good.add(target);
                } else {
                  LOG.warn(
                      "task={} origin={} read back {}: {}",
                      taskId,
                      target.location().originId(),
                      seen.evidence(),
                      seen.detail());
                  refused.accept(target.location().originId());
                }
              }));
    }
    return Future.all(looks)
        .map(_ -> {
          nanos += Math.max(1, world.nanos() - began);
          return good;
        });
  }
}
