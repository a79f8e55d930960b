package io.kintsugi.origin;

import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Leftovers;
import io.kintsugi.format.JournalName;
import io.kintsugi.format.Names;
import io.kintsugi.format.PackName;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import java.time.Duration;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes away, now and then, what writings that never ended left on one origin.
final class Sweeping {
  private static final Logger LOG = LoggerFactory.getLogger(Sweeping.class);
  private static final Duration FIRST = Duration.ofMinutes(5);
  private static final Duration EVERY = Duration.ofDays(1);

  /// Longer than any writing lasts, and than clocks of servers go wrong.
  private static final Duration GRACE = Duration.ofDays(2);

  private static final Duration LONGEST = Duration.ofHours(1);

  /// Nothing in them is ever published, and they may be large.
  private static final Set<String> APART =
      Set.of(Names.OBJECTS, PackName.FOLDER, JournalName.FOLDER, Clearing.QUARANTINE);

  private final World world;
  private final Origin origin;
  private final OriginThreads threads;

  Sweeping(World world, Origin origin, OriginThreads threads) {
    this.world = world;
    this.origin = origin;
    this.threads = threads;
  }

  void start() {
    world.after(FIRST, this::sweep);
    world.every(EVERY, this::sweep);
  }

  private void sweep() {
    if (!origin.state().writable()) {
      return;
    }
    threads
        .run(LONGEST, this::swept, _ -> {})
        .onSuccess(count -> {
          if (count > 0) {
            LOG.info("origin={} leftovers={} swept", origin.id(), count);
          }
        })
        .onFailure(cause ->
            LOG.debug(
                "origin={} leftovers not swept: {}", origin.id(), Failure.from(cause).text()));
  }

  private int swept() throws DriverException {
    return Leftovers.sweep(
        origin.driver(),
        world.clock().instant().minus(GRACE),
        APART,
        path -> Names.parse(path).isPresent());
  }
}
