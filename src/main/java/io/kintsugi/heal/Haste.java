package io.kintsugi.heal;

import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.HastenHeals;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Shortens the wait of tasks that back off when what they most likely wait for is there: an origin
/// that can be used again, or this node itself.
final class Haste {
  private static final Logger LOG = LoggerFactory.getLogger(Haste.class);

  /// Origins often return together, and one that comes and goes must not undo every back-off.
  private static final Duration SETTLING = Duration.ofSeconds(2);

  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);
  private static final int ROWS = 1_000;
  private static final int ROUNDS_MAX = 10_000;

  private final World world;
  private final Runnable done;
  private final Map<String, Boolean> usable = new HashMap<>();
  private boolean pending;
  private boolean closed;

  /// @param done called when tasks were made due
  Haste(World world, Runnable done) {
    this.world = world;
    this.done = done;
  }

  /// After a start everything deserves a fresh look.
  void begin() {
    soon();
  }

  /// Takes note of how an origin is now.
  void meet(OriginState state) {
    boolean now = Shards.canTake(state);
    var before = usable.put(state.id(), now);
    if (now && !Boolean.TRUE.equals(before)) {
      soon();
    }
    done.run();
  }

  void close() {
    closed = true;
  }

  private void soon() {
    if (!pending && !closed) {
      pending = true;
      world.after(SETTLING, () -> hasten(1));
    }
  }

  private void hasten(int round) {
    if (closed) {
      return;
    }
    world
        .bus()
        .ask(CatalogHealContract.HASTEN_HEALS, new HastenHeals(ROWS))
        .onSuccess(hastened -> {
          done.run();
          if (hastened.rows() == ROWS && round < ROUNDS_MAX) {
            hasten(round + 1);
          } else {
            pending = false;
          }
        })
        .onFailure(cause -> {
          LOG.info("waiting tasks not hastened yet: {}", Failure.from(cause).text());
          world.after(TRY_AGAIN, () -> hasten(round));
        });
  }
}
