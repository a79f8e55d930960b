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
/// Configuration: `keyFile` holds the cluster key.
public final class JournalVerticle extends VerticleBase {
  /// Hints get lost; so seldom does nobody miss one.
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

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
          var own = new Journal(world, keys);
          journal = own;
          var bus = world.bus();
          bus.answer(JournalContract.REACH, own::reach);
          bus.answer(JournalContract.GET_JOURNAL, own::view);
          bus.answer(JournalContract.START_REBUILD, own::rebuild);
          bus.answer(JournalContract.STATUS, own::status);
          bus.listen(CatalogJournalContract.CHANGES_MADE, _ -> own.hint());
          world.every(LOOK_AGAIN, own::hint);
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
