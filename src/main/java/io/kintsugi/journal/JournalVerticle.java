package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.JournalContract;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.KeyRing;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Wires the journal to the bus. It starts behind the catalog and the origins and before all who
/// use them: until it has compared the two, nobody may.
///
/// Configuration: `keyFile` holds the cluster key; `snapshotBytes` (64 MiB) of changes are at least
/// written between two snapshots; `tendMillis` (half a minute) is how often it is looked whether
/// the journal is too long, or in too few places.
public final class JournalVerticle extends VerticleBase {
  /// Hints get lost; so seldom does nobody miss one.
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private static final long SNAPSHOT_BYTES = 64L * 1024 * 1024;
  private static final long TEND_MILLIS = 30_000;

  private @Nullable Journal journal;

  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    var file = Objects.requireNonNull(config().getString("keyFile"), "keyFile is missing");
    return vertx
        .fileSystem()
        .readFile(file)
        .map(content ->
            KeyRing.of(ClusterKey.parse(content.toString(StandardCharsets.US_ASCII).strip())))
        .compose(keys -> {
          var own = new Journal(world, keys, config().getLong("snapshotBytes", SNAPSHOT_BYTES));
          journal = own;
          var bus = world.bus();
          bus.answer(JournalContract.REACH, own::reach);
          bus.answer(JournalContract.GET_JOURNAL, own::view);
          bus.answer(JournalContract.START_REBUILD, own::rebuild);
          bus.answer(JournalContract.STATUS, own::status);
          bus.listen(CatalogJournalContract.CHANGES_MADE, _ -> own.hint());
          world.every(LOOK_AGAIN, own::hint);
          var pause = Duration.ofMillis(config().getLong("tendMillis", TEND_MILLIS));
          world.every(pause, own::tend);
          return bus.registered().compose(_ -> own.start());
        });
  }

  @Override
  public Future<?> stop() {
    if (journal != null) {
      journal.stop();
    }
    return Future.succeededFuture();
  }
}
